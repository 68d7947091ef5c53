-- The papers that meet the conditions: their ids as numbers.
SELECT ('0x' || paper_id)::UBIGINT AS id_order FROM papers WHERE {conditions};
