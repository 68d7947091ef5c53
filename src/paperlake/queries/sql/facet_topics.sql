-- The topics and subtopics that papers are counted by, with the papers' ids as numbers.
SELECT ('0x' || paper_id)::UBIGINT AS id_order, topic_id FROM paper_topics WHERE NOT is_outlier;
