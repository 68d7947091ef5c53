"""Fixed taxonomies: papers filed under labels that a person gives, beside the topics that are discovered."""
