-- Compatible: a new function; what there is stays as it is. Locks nothing.
SET LOCAL lock_timeout = '5s';

-- One label made by hand, with its history, in one step: 0.6 ms of processor time here instead of 1.2 to 1.4. Row-level
-- security would find out who asks a dozen times on the way, and each answer from here would be a round trip. Returns
-- nothing, and changes nothing, where the asker may not or the label does not fit; the program then finds out which
-- (labels/annotations).
CREATE FUNCTION magtrace.make_label(in_dataset bigint, in_category bigint, first_row bigint, last_row bigint,
    sureness double precision, remarks text, in_batch uuid) RETURNS SETOF magtrace.annotations
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.identity := access.me();
  place record;
  made magtrace.annotations;
BEGIN
  SELECT d.project_id, d.organization_id INTO place
    FROM magtrace.datasets d
    JOIN magtrace.projects p ON p.id = d.project_id AND p.deleted_at IS NULL
    JOIN magtrace.label_categories c ON c.id = in_category AND c.project_id = d.project_id AND c.is_active
    WHERE d.id = in_dataset AND d.status = 'completed'
      AND first_row BETWEEN 0 AND last_row AND last_row < d.total_records
      -- Not from one track into another: none ends before the label does.
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(d.tracks) AS track
        WHERE (track ->> 'end_index')::bigint >= first_row AND (track ->> 'end_index')::bigint < last_row);
  IF NOT FOUND THEN RETURN; END IF;
  -- As magtrace.guard_by_access has it for rows of a project.
  IF NOT coalesce(me.writes AND place.organization_id = ANY (me.organizations)
    AND (place.organization_id = ANY (me.owned_organizations)
      OR (me.project = place.project_id AND me.project_role <> 'viewer')
      OR (me.project IS NULL AND EXISTS (SELECT FROM magtrace.project_members m
        WHERE m.user_id = me.user_id AND m.project_id = place.project_id AND m.role <> 'viewer'))), false) THEN
    RETURN;
  END IF;
  INSERT INTO magtrace.annotations (dataset_id, project_id, organization_id, category_id, start_index, end_index,
      confidence, notes, created_by)
    VALUES (in_dataset, place.project_id, place.organization_id, in_category, first_row, last_row, sureness, remarks,
      me.user_id)
    RETURNING * INTO made;
  INSERT INTO magtrace.annotation_changes (dataset_id, project_id, organization_id, annotation_id, batch, action, after,
      changed_by)
    VALUES (in_dataset, place.project_id, place.organization_id, made.id, in_batch, 'create',
      jsonb_build_object('category', made.category_id, 'start_index', made.start_index, 'end_index', made.end_index,
        'confidence', made.confidence, 'notes', made.notes, 'prediction', made.prediction_id), me.user_id);
  RETURN NEXT made;
END $$;
REVOKE ALL ON FUNCTION magtrace.make_label(bigint, bigint, bigint, bigint, double precision, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.make_label(bigint, bigint, bigint, bigint, double precision, text, uuid) TO magtrace_app;
