"""Lay out the output of each command: runs, status, search results, explanations, parsed dumps.

Prints through `console.py`. All values are computed elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paperlake.terminal import console
from paperlake.text.display import excerpt, plural, singular

if TYPE_CHECKING:
    import polars as pl

    from paperlake.dedup.explain import ExplainedMatch, Explanation
    from paperlake.export.exporting import ExportedTable
    from paperlake.lake.manifest import Manifest
    from paperlake.publish.publishing import Published
    from paperlake.status import LakeStatus, StageStatus

MAX_REJECTS = 20  # about one screen; all are in the warehouse
MAX_EXCERPT_CHARS = 60
MAX_FIELD_CHARS = 100  # of one field of a paper; a whole abstract would push the others off the screen

MAX_WATERFALLS = 3  # highest scores first; each takes 14 lines

# Row counts whose name is no table name that a reader knows.
NOUNS = {"inventory": "file"}
DECISION_FACTS = ("stale_decisions", "stale_topic_decisions", "moved_topic_decisions", "stale_taxonomy")
NOT_SHOWN = frozenset({"filed_texts"})  # of no use to a reader: one row for each paper


def show_run(results: Sequence[Manifest], started: datetime) -> None:
    """Print one row per stage of a run: built or unchanged, its row counts, its seconds."""
    rows = []
    for result in results:
        built = result.finished_at >= started
        seconds = round(result.seconds, 1) if built else None
        outputs = _counts(result.row_counts)
        if "file_megabytes" in result.facts:
            outputs = ", ".join(filter(None, [f"a file of {result.facts['file_megabytes']} MB", outputs]))
        rows.append([result.stage, "built" if built else "unchanged", outputs, seconds])
    if rows:
        console.show_rows(["stage", "result", "rows", "seconds"], rows)
    for result in results:
        for fact in DECISION_FACTS:
            if result.facts.get(fact):
                console.out_line(f"curated/{result.facts[fact]}")


def _counts(row_counts: dict[str, int]) -> str:
    return ", ".join(
        plural(count, NOUNS.get(name) or singular(name.replace("_", " ")))
        for name, count in row_counts.items()
        if name not in NOT_SHOWN
    )


def show_status(found: LakeStatus) -> None:
    """Print the state of the lake: dumps, stages, the fit of the topics, pairs to review, rejects."""
    new = f", {found.new_dumps:,} of them new" if found.new_dumps else ""
    console.out_line(f"{found.lake}: {plural(found.dump_count, 'dump')} in raw/{new}")
    if found.holder:
        console.out_line(f"Held by {found.holder.get('who')} (process {found.holder.get('pid')}).")
    columns = ["stage", "built at (UTC)", "rows", "stale because"]
    console.show_rows(columns, [_status_row(stage) for stage in found.stages])
    for line in (found.embedder_choice, _fit_line(found.topic_fit), _review_line(found.review_pair_count)):
        if line:
            console.out_line(line)
    if found.unresolved_lines:
        columns = ["file", "line", "text", "problem"]
        lines = [[line[name] for name in columns] for line in found.unresolved_lines[:MAX_REJECTS]]
        console.show_rows(columns, lines, title="Lines of reading lists that name no paper")
    if len(found.unresolved_lines) > MAX_REJECTS:
        console.out_line(f"and {len(found.unresolved_lines) - MAX_REJECTS:,} more: paperlake status --json")
    told_of = (found.stale_topic_decisions, found.moved_topic_decisions, found.stale_taxonomy)
    for told in (found.stale_decisions, *told_of):
        if told:
            console.out_line(f"curated/{told}")
    if found.rejects:
        shown = [
            [
                reject["path"],
                reject["where"],
                reject["reason"],
                excerpt(reject["text"] or "", MAX_EXCERPT_CHARS),
            ]
            for reject in found.rejects[:MAX_REJECTS]
        ]
        console.show_rows(["dump", "where", "reason", "text"], shown, title="Rejects")
    if len(found.rejects) > MAX_REJECTS:
        console.out_line(f'and {len(found.rejects) - MAX_REJECTS:,} more: paperlake sql "FROM rejects"')


def _review_line(count: int) -> str | None:
    """Say how many pairs a person should look at."""
    if not count:
        return None
    return (
        f"{plural(count, 'pair')} of texts to review, near the match threshold: "
        'paperlake sql "FROM review_pairs"'
    )


def _fit_line(fit: dict[str, Any] | None) -> str | None:
    """Say on how many papers the topics were fitted, and how much the lake has changed since then."""
    if not fit:
        return None
    line = f"Topics were fitted on {plural(fit['fitted_papers'], 'paper')} (fit {fit['fit_number']})."
    if not fit["papers_since_fit"] and not fit["papers_gone_since_fit"]:
        return line
    return (
        f"{line} Since then: {plural(fit['papers_since_fit'], 'paper')} added, "
        f"{fit['papers_gone_since_fit']:,} removed (drift {fit['drift']:.2f}, refit at 1)."
    )


def _status_row(stage: StageStatus) -> list[str | None]:
    built_at = stage.built_at.strftime("%Y-%m-%d %H:%M") if stage.built_at else None
    return [stage.stage, built_at, _counts(stage.rows), stage.stale]


def show_papers(rows: Sequence[dict[str, Any]]) -> None:
    """Print the papers found: title, id, date, topic, organization, and the matches that found each."""
    for number, row in enumerate(rows, start=1):
        console.out_line(row["title"], f"{number:>3}  ")
        known = [row["paper_id"], row["published_date"], row["topic"], row.get("organization")]
        console.out_line(" · ".join(console.printable(part) for part in known if part), "     ")
        why = _why_found(row)
        if why:
            console.out_line(" · ".join(console.printable(part) for part in why), "     ")


def _why_found(row: dict[str, Any]) -> list[str]:
    """Return the reasons why a paper was found, strongest first: identifier or title, words, similarity."""
    why = [str(row["matched"])] if row.get("matched") else []
    for field in ("title", "abstract"):
        shown = [f'"{phrase}"' for phrase in row.get(f"{field}_phrases") or []]
        shown += row.get(f"{field}_words") or []
        if shown:
            why.append(f"{field}: {', '.join(shown)}")
    if row.get("similarity") is not None:
        rank = f" (rank {row['meaning_rank']})" if row.get("meaning_rank") else ""
        why.append(f"meaning {row['similarity']:.2f}{rank}")
    return why


def show_models(rows: Sequence[dict[str, Any]]) -> None:
    """Print the models in the vector store, one row per model."""
    shown = [
        (
            row["model_id"],
            row["vector_count"],
            row["part_count"],
            row["damaged_part_count"],
            row["byte_size"] / 1e6,
            "yes" if row["in_use"] else "",
        )
        for row in rows
    ]
    console.show_rows(["model", "vectors", "parts", "damaged", "MB", "in use"], shown)


def show_dump(name: str, dump: dict[str, Any], entries: pl.DataFrame, rejects: pl.DataFrame) -> None:
    """Print the recognised format of a dump, its counts and its rejects, to standard error."""
    recognised = " ".join(part for part in (dump["format"], dump["layout"]) if part) or "not recognised"
    facts = [recognised]
    if dump["line_count"] is not None:
        facts.append(plural(dump["line_count"], "line"))
    facts += [
        f"{column.replace('_', ' ')} {dump[column]}"
        for column in ("snapshot_date", "listed_date")
        if dump[column]
    ]
    counts = f"{plural(entries.height, 'entry')}, {plural(rejects.height, 'reject')}"
    console.say(f"{name}: {', '.join(facts)}: {counts}")
    for reject in rejects.iter_rows(named=True):
        text = excerpt(reject["text"] or "", MAX_EXCERPT_CHARS)
        console.say(f"  rejected {_place(reject)}: {reject['reason']} {text}".rstrip(), "yellow")


def _place(reject: dict[str, Any]) -> str:
    if reject["line_start"] is not None:
        if reject["line_start"] == reject["line_end"]:
            return f"line {reject['line_start']}"
        return f"lines {reject['line_start']} to {reject['line_end']}"
    return f"object {reject['entry_number']}" if reject["entry_number"] is not None else "the whole dump"


def show_entries(entries: pl.DataFrame) -> None:
    """Print the entries of a dump, one row per entry."""
    rows = [
        (
            entry["entry_number"],
            entry["line_start"],
            entry["title"],
            entry["organization"] or entry["author_count"],
            entry["published_date"] or entry["published_text"],
            entry["comment_count"],
        )
        for entry in entries.iter_rows(named=True)
    ]
    if rows:
        console.show_rows(["no", "line", "title", "authors", "published", "comments"], rows)


def show_explanation(found: Explanation) -> None:
    """Print why entries were merged, which gave each field, and how the match scores add up."""
    sources = [
        (
            number,
            source.dump_path,
            source.entry_number,
            source.line_start,
            source.match_method,
            source.match_score,
        )
        for number, source in enumerate(found.sources, start=1)
    ]
    columns = ["source", "dump", "entry", "line", "match method", "score"]
    console.show_rows(columns, sources, title=f"{found.paper['title']} ({found.paper['paper_id']})")
    fields = [
        (
            field.field,
            excerpt(console.printable(field.value), MAX_FIELD_CHARS),
            ", ".join(str(index + 1) for index in field.given_by),
        )
        for field in found.fields
    ]
    console.show_rows(["field", "value", "from source"], fields)
    _show_matches(found.matches)


def _show_matches(matches: Sequence[ExplainedMatch]) -> None:
    """Show the texts that a paper was compared with, and the waterfalls of the highest scores."""
    rows = [
        (
            match.title_a,
            match.title_b,
            match.title_similarity,
            match.abstract_similarity,
            match.score,
            match.decision,
        )
        for match in matches
    ]
    if rows:
        columns = ["text", "other text", "titles", "abstracts", "score", "decision"]
        console.show_rows(columns, rows, title="Compared texts")
    scored = [match for match in matches if match.waterfall]
    for match in scored[:MAX_WATERFALLS]:
        _show_waterfall(match)
    if len(scored) > MAX_WATERFALLS:
        console.out_line('The other scores in full: paperlake sql "FROM matches"')


def _show_waterfall(match: ExplainedMatch) -> None:
    """Show the contributions to one score: intercept, features, their sum, the score, the decision."""
    rows: list[tuple[str, str | None, str]] = [
        (step.name.replace("_", " "), f"{step.contribution:+.2f}", f"{step.total:+.2f}")
        for step in match.waterfall
    ]
    rows.append(("sum (logit)", None, f"{match.waterfall[-1].total:+.2f}"))
    rows.append(("score", None, f"{match.score:.3f}"))
    rows.append(("decision", None, match.decision))
    titles = (excerpt(title, MAX_EXCERPT_CHARS) for title in (match.title_a, match.title_b))
    title = f"Score of {' | '.join(titles)}"
    console.show_rows(["feature", "contribution", "total"], rows, title=title)


def show_export(folder: str, exported: Sequence[ExportedTable]) -> None:
    """Print the exported tables, one row per table, and the folder."""
    rows = [
        (table.name, table.row_count, len(table.files), sum(file.byte_size for file in table.files) / 1e6)
        for table in exported
    ]
    console.show_rows(["table", "rows", "files", "MB"], rows)
    console.say(f"Exported to {folder}")


def show_published(folder: str, published: Published) -> None:
    """Print the published tables, one row per table, the number and size of all files, and the folder."""
    rows = [
        (table.name, table.row_count, len(table.files), sum(file.byte_size for file in table.files) / 1e6)
        for table in published.tables
    ]
    console.show_rows(["table", "rows", "files", "MB"], rows)
    megabytes = sum(file.byte_size for file in published.files) / 1e6
    console.say(f"Published {plural(len(published.files), 'file')}, {megabytes:,.1f} MB, to {folder}")
