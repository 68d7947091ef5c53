-- The normals of the hyperplanes, in order of the bits of a code.
SELECT normal FROM search.hyperplanes ORDER BY bit_number;
