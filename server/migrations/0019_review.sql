-- Compatible: processes of the version before go on; they see one more table, which they do not use.
-- Locks magtrace.predictions and magtrace.predicted_intervals against writing while intervals are counted and indexed:
-- about 2 s for a million of them.
SET LOCAL lock_timeout = '5s';

-- How many intervals of a prediction are in each state of review, so that deciding one of 100,000 does not count the
-- others. Kept by a trigger, whoever writes intervals.
CREATE TABLE magtrace.interval_counts (
  prediction_id bigint PRIMARY KEY,
  project_id bigint NOT NULL,
  organization_id integer NOT NULL,
  pending integer NOT NULL DEFAULT 0,
  accepted integer NOT NULL DEFAULT 0,
  rejected integer NOT NULL DEFAULT 0,
  modified integer NOT NULL DEFAULT 0,
  FOREIGN KEY (prediction_id, project_id, organization_id)
    REFERENCES magtrace.predictions (id, project_id, organization_id) ON DELETE CASCADE
);
SELECT magtrace.guard_by_project('magtrace.interval_counts');
COMMENT ON TABLE magtrace.interval_counts IS 'Intervals of a prediction by state of review; no row where it has none. A trigger keeps it.';

LOCK TABLE magtrace.predicted_intervals IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO magtrace.interval_counts
  SELECT prediction_id, project_id, organization_id, count(*) FILTER (WHERE review = 'pending'),
    count(*) FILTER (WHERE review = 'accepted'), count(*) FILTER (WHERE review = 'rejected'),
    count(*) FILTER (WHERE review = 'modified')
  FROM magtrace.predicted_intervals GROUP BY 1, 2, 3;

-- Intervals come with their prediction, change their review, and go with their prediction, which takes the counts along.
CREATE FUNCTION magtrace.count_new_intervals() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO magtrace.interval_counts AS counts
    SELECT prediction_id, project_id, organization_id, count(*) FILTER (WHERE review = 'pending'),
      count(*) FILTER (WHERE review = 'accepted'), count(*) FILTER (WHERE review = 'rejected'),
      count(*) FILTER (WHERE review = 'modified')
    FROM new_rows GROUP BY 1, 2, 3 ORDER BY 1
    ON CONFLICT (prediction_id) DO UPDATE SET pending = counts.pending + excluded.pending,
      accepted = counts.accepted + excluded.accepted, rejected = counts.rejected + excluded.rejected,
      modified = counts.modified + excluded.modified;
  RETURN NULL;
END $$;
CREATE FUNCTION magtrace.count_changed_intervals() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE magtrace.interval_counts AS counts SET pending = counts.pending + moved.pending,
    accepted = counts.accepted + moved.accepted, rejected = counts.rejected + moved.rejected,
    modified = counts.modified + moved.modified
  FROM (
    SELECT prediction_id, coalesce(sum(n) FILTER (WHERE review = 'pending'), 0) AS pending,
      coalesce(sum(n) FILTER (WHERE review = 'accepted'), 0) AS accepted,
      coalesce(sum(n) FILTER (WHERE review = 'rejected'), 0) AS rejected,
      coalesce(sum(n) FILTER (WHERE review = 'modified'), 0) AS modified
    FROM (SELECT prediction_id, review, 1 AS n FROM new_rows
      UNION ALL SELECT prediction_id, review, -1 FROM old_rows) AS both_sides
    GROUP BY prediction_id ORDER BY prediction_id) AS moved
  WHERE counts.prediction_id = moved.prediction_id;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION magtrace.count_new_intervals(), magtrace.count_changed_intervals() FROM PUBLIC;
CREATE TRIGGER count_new AFTER INSERT ON magtrace.predicted_intervals
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION magtrace.count_new_intervals();
CREATE TRIGGER count_changed AFTER UPDATE ON magtrace.predicted_intervals
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION magtrace.count_changed_intervals();

-- Pages in the order of rows and of confidence.
CREATE INDEX predicted_intervals_rows ON magtrace.predicted_intervals (prediction_id, start_index, number);
CREATE INDEX predicted_intervals_confidence ON magtrace.predicted_intervals (prediction_id, confidence, number);

-- Rows that were to be classified are the intervals' own once that is done, and every change of the prediction would
-- carry them along. That there were some is still told.
UPDATE magtrace.predictions SET given_intervals = '[]' WHERE status = 'completed' AND given_intervals <> '[]';
