"""What each command shows a person: the layout of runs, status, search results, explanations, parsed dumps.

Draws through `console.py`; computes nothing that the library has not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paperlake.terminal import console

if TYPE_CHECKING:
    import polars as pl

    from paperlake.dedup.explain import ExplainedMatch, Explanation
    from paperlake.export.exporting import ExportedTable
    from paperlake.stages import StageResult
    from paperlake.status import LakeStatus, StageStatus

SHOWN_REJECTS = 20  # a screen full; the rest is in the warehouse
EXCERPT_CHARS = 60
MAX_SHOWN_WATERFALLS = 3  # highest scores first; each takes 14 lines
FIELD_CHARS = 100  # of a field of a paper; a whole abstract would hide the rest


def show_run(results: Sequence[StageResult], started: datetime) -> None:
    """What each stage of a run did."""
    rows = []
    for result in results:
        made = result.finished_at >= started
        seconds = round(result.seconds, 1) if made else None
        rows.append(
            [result.stage, "made" if made else "unchanged", _counts(result.stage, result.row_counts), seconds]
        )
    if rows:
        console.show_rows(["stage", "what it did", "rows", "seconds"], rows)


def _counts(stage: str, row_counts: dict[str, int]) -> str:
    if stage == "warehouse" and row_counts:
        return f"{len(row_counts)} tables, {sum(row_counts.values()):,} rows"
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in row_counts.items())


def show_status(found: LakeStatus) -> None:
    """The whole lake at one look."""
    new = f", {found.new_dumps:,} of them new" if found.new_dumps else ""
    console.out_line(f"{found.lake}: {found.dump_count:,} dumps in raw/{new}")
    if found.holder:
        console.out_line(f"Held by {found.holder.get('who')} (process {found.holder.get('pid')}).")
    columns = ["stage", "made at (UTC)", "rows", "stale because"]
    console.show_rows(columns, [_status_row(stage) for stage in found.stages])
    if found.topic_fit:
        console.out_line(_fit_line(found.topic_fit))
    if found.review_pair_count:
        pairs = f"{found.review_pair_count:,} pairs of texts are nearly the same paper"
        console.out_line(f'{pairs}: paperlake sql "FROM review_pairs"')
    if found.rejects:
        shown = [
            [*list(reject.values())[:3], console.printable(reject["text"])[:EXCERPT_CHARS]]
            for reject in found.rejects[:SHOWN_REJECTS]
        ]
        console.show_rows(["dump", "where", "reason", "text"], shown, title="Rejects")
    if len(found.rejects) > SHOWN_REJECTS:
        console.out_line(f'and {len(found.rejects) - SHOWN_REJECTS:,} more: paperlake sql "FROM rejects"')


def _fit_line(fit: dict[str, Any]) -> str:
    """Which fit the topics are of, and how far papers have moved away since."""
    line = f"Topics are of fit {fit['fit_number']}, of {fit['fitted_papers']:,} papers"
    if not fit["papers_since_fit"] and not fit["papers_gone_since_fit"]:
        return f"{line}."
    return (
        f"{line}; since then {fit['papers_since_fit']:,} came and {fit['papers_gone_since_fit']:,} left "
        f"(drift {fit['drift']:.2f}, refit at 1)."
    )


def _status_row(stage: StageStatus) -> list[str | None]:
    made_at = stage.made_at.strftime("%Y-%m-%d %H:%M") if stage.made_at else None
    return [stage.stage, made_at, _counts(stage.stage, stage.rows), stage.stale]


def show_papers(rows: Sequence[dict[str, Any]]) -> None:
    """Found papers: the title, what else is known, and why it was found."""
    for place, row in enumerate(rows, start=1):
        console.out_line(f"{place:>3}  {console.printable(row['title'])}")
        known = [row["paper_id"], row["published_date"], row["topic"], row.get("organization")]
        console.out_line("     " + " · ".join(console.printable(part) for part in known if part))
        why = _why_found(row)
        if why:
            console.out_line("     " + " · ".join(console.printable(part) for part in why))


def _why_found(row: dict[str, Any]) -> list[str]:
    """What speaks for a found paper, or for a neighbour, strongest first."""
    why = [str(row["matched"])] if row.get("matched") else []
    for field in ("title", "abstract"):
        shown = [f'"{phrase}"' for phrase in row.get(f"{field}_phrases") or []]
        shown += row.get(f"{field}_words") or []
        if shown:
            why.append(f"{field}: {', '.join(shown)}")
    if row.get("similarity") is not None:
        place = f" (rank {row['meaning_rank']})" if row.get("meaning_rank") else ""
        why.append(f"meaning {row['similarity']:.2f}{place}")
    return why


def show_models(rows: Sequence[dict[str, Any]]) -> None:
    """The models that vectors are kept of."""
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
    """What a dump was taken for, and its rejects; to standard error."""
    taken_for = " ".join(part for part in (dump["format"], dump["layout"]) if part) or "not recognised"
    facts = [taken_for]
    if dump["line_count"] is not None:
        facts.append(f"{dump['line_count']:,} lines")
    facts += [
        f"{column.replace('_', ' ')} {dump[column]}"
        for column in ("snapshot_date", "listed_date")
        if dump[column]
    ]
    console.say(f"{name}: {', '.join(facts)}: {entries.height:,} entries, {rejects.height:,} rejects")
    for reject in rejects.iter_rows(named=True):
        excerpt = console.printable(reject["text"])[:EXCERPT_CHARS]
        console.say(f"  rejected {_place(reject)}: {reject['reason']} {excerpt}".rstrip(), "yellow")


def _place(reject: dict[str, Any]) -> str:
    if reject["line_start"] is not None:
        return f"lines {reject['line_start']} to {reject['line_end']}"
    return f"object {reject['entry_number']}" if reject["entry_number"] is not None else "the whole dump"


def show_entries(entries: pl.DataFrame) -> None:
    """The entries of a dump, a line each."""
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
    """Show why a paper's entries were merged, which gave each field, and how the match scores add up."""
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
    columns = ["source", "dump", "entry", "line", "linked by", "score"]
    console.show_rows(columns, sources, title=f"{found.paper['title']} ({found.paper['paper_id']})")
    fields = [
        (
            field.field,
            console.printable(field.value)[:FIELD_CHARS],
            ", ".join(str(place + 1) for place in field.given_by),
        )
        for field in found.fields
    ]
    console.show_rows(["field", "value", "from source"], fields)
    _show_matches(found.matches)
    for other in found.other_paper_ids:
        console.out_line(f"The same text under other identifiers is the paper {other}.")


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
        console.show_rows(columns, rows, title="Texts it was compared with")
    scored = [match for match in matches if match.waterfall]
    for match in scored[:MAX_SHOWN_WATERFALLS]:
        _show_waterfall(match)
    if len(scored) > MAX_SHOWN_WATERFALLS:
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
    title = f"Score of {match.title_a[:EXCERPT_CHARS]} | {match.title_b[:EXCERPT_CHARS]}"
    console.show_rows(["feature", "contribution", "total"], rows, title=title)


def show_export(folder: str, exported: Sequence[ExportedTable]) -> None:
    """What was written, table by table."""
    rows = [
        (table.name, table.row_count, len(table.files), sum(file.byte_size for file in table.files) / 1e6)
        for table in exported
    ]
    console.show_rows(["table", "rows", "files", "MB"], rows)
    console.say(f"Exported to {folder}")
