"""The command line. Each command is a thin door: options in, one call, output. Data goes to stdout, everything else to
stderr; an error is one line and exit code 1. Heavy imports wait inside the commands so that `--help` is immediate."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api import dossier_commands, identity_commands, law_commands, migrate_commands, suspend_commands
from api.audit_commands import audit_app
from api.people_commands import people_app
from models.deeds import Acting, acting_as
from models.errors import BadRequest, FoyerError
from models.settings import Settings

app = typer.Typer(
    name="foyer",
    help="Screening, voice interviews and evaluation reports, with the evidence beside every number.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(help="Weights that Foyer can use.", no_args_is_help=True)
keys_app = typer.Typer(help="API keys of the first organisation.", no_args_is_help=True)
cache_app = typer.Typer(help="What Foyer keeps to be faster.", no_args_is_help=True)
vocabulary_app = typer.Typer(help="Lists of skills and job titles beside the bundled ones.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(models_app, name="models")
app.add_typer(vocabulary_app, name="vocabulary")
app.add_typer(cache_app, name="cache")
app.add_typer(keys_app, name="keys")
app.add_typer(people_app, name="people")
law_commands.register(app)
dossier_commands.register(app)
suspend_commands.register(app)
identity_commands.register(app)
migrate_commands.register(app)

AsJson = Annotated[bool, typer.Option("--json", help="Data on stdout as JSON, nothing else there.")]
QUEUES = "Take only this work, with commas: screen, evaluate, deliver, speech; all if left out."
AT_ONCE = "Files read and interviews evaluated at once in this process."
INTERVIEW = "One JSON object or JSON Lines: {id, resume, turns: [{role: interviewer or candidate, text}]}."


def main() -> None:
    """Entry point: whatever we raise on purpose becomes one clear line on stderr."""
    try:
        with acting_as(Acting("command")):
            app()
    except FoyerError as error:
        print(f"foyer: {error.detail}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("foyer: stopped", file=sys.stderr)
        raise SystemExit(130) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"foyer: {where}{error.strerror or error}", file=sys.stderr)
        raise SystemExit(1) from None


def settings() -> Settings:
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "FOYER_" + "__".join(str(part) for part in first["loc"]).upper()
        raise BadRequest(f"The setting {name} cannot be used: {first['msg']}.") from None


# ---------------------------------------------------------------- the service


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave the service running when done.")] = False,
    port: Annotated[int, typer.Option(help="Port of the demo's service; 0: any free one.")] = 0,
) -> None:
    """The whole of Foyer on the samples: screen, interview, report, push."""
    from api.demo import run

    run(settings(), keep=keep, port=port)


def reached(chosen: Settings, host: str, port: int) -> Settings:
    """Where nothing else is set, addresses of ours lead to where the service listens, and to no other port."""
    if "base_url" in chosen.model_fields_set:
        return chosen
    near = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return chosen.model_copy(update={"base_url": f"http://{near}:{port}"})


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    worker: Annotated[bool, typer.Option(help="Do background work in this process too.")] = True,
    queues: Annotated[str, typer.Option(help=QUEUES)] = "",
    concurrency: Annotated[int, typer.Option(min=1, max=8, help=AT_ONCE)] = 8,
) -> None:
    """The service: API, recruiter's console, candidate's room."""
    from api.app import create_app
    from api.roles import roles_of
    from api.serving import Server, settle

    if queues and not worker:
        raise BadRequest("--no-worker takes no work at all. Leave it out to take that of --queues.")
    roles = roles_of(queues)
    chosen = settings()
    where, door = host or chosen.host, chosen.port if port is None else port
    chosen = reached(chosen, where, door)
    print(f"Foyer on http://{where}:{door}; the first key is in {chosen.home / 'admin.key'}", file=sys.stderr)
    api = create_app(chosen, work=worker, roles=roles, at_once=concurrency, loaded=settle)
    Server(api, host=where, port=door).run()


@app.command()
def erase(
    candidate: Annotated[str, typer.Argument(help="The id of the person.")],
    person: Annotated[str, typer.Option(help="Who orders it: the name of a human being.")],
    because: Annotated[str, typer.Option(help="they asked, kept long enough, or another reason.")] = "they asked",
) -> None:
    """Delete all that is known of a person, destroy their key; prints the record, which tells nothing of them."""
    from api.app import build
    from api.erasing import erase_typed

    running = build(settings(), work=False)
    with closing(running.database):
        found = erase_typed(running, candidate, because=because, person=person)
    print_json(found)


@keys_app.command("seal")
def keys_seal() -> None:
    """Encrypt what was written before there were keys, or under replaced ones. The service may run; again goes on."""
    from api.app import build
    from api.sealing import seal_what_is_old

    running = build(settings(), work=False)
    with closing(running.database):
        found = seal_what_is_old(running, lambda step: print(step, file=sys.stderr))
    print_json(found)


@keys_app.command("rotate")
def keys_rotate(
    people: Annotated[bool, typer.Option(help="Also a new key for every person, and all they have under it.")] = False,
) -> None:
    """A new master key, every person's key wrapped under it, the earlier one destroyed. The service may run."""
    from api.app import build
    from api.sealing import change_master, renew_people, seal_what_is_old

    running = build(settings(), work=False)
    with closing(running.database):
        found = {"wrapped": change_master(running.seal)}
        if people:
            found["renewed"] = renew_people(running)
            found |= seal_what_is_old(running, lambda step: print(step, file=sys.stderr))
    print_json(found)


@app.command()
def worker(
    queues: Annotated[str, typer.Option(help=QUEUES)] = "",
    concurrency: Annotated[int, typer.Option(min=1, max=8, help=AT_ONCE)] = 8,
) -> None:
    """Background work alone, beside one or more `foyer serve --no-worker`. SIGTERM ends what runs, a second one does
    not."""
    from api.working import work_until_stopped

    work_until_stopped(settings(), queues, concurrency)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Leave out what opens the rest.")] = False,
    only_keys: Annotated[bool, typer.Option("--only-keys", help="Nothing but what opens the rest.")] = False,
) -> None:
    """Everything that cannot be made again, checked; the service may run meanwhile."""
    from api.backup import Part, back_up

    if without_keys and only_keys:
        raise BadRequest("--without-keys and --only-keys together leave nothing. Give one of them.")
    part: Part = "data" if without_keys else "keys" if only_keys else "all"
    made = back_up(settings(), target, part=part, now=datetime.now(UTC))
    print(
        f"{len(made['files'])} files, {sum(each['bytes'] for each in made['files']) / 1e6:.1f} MB, verified: {target}"
    )
    for note in made["elsewhere"]:
        print(f"foyer: not in this backup: {note}", file=sys.stderr)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `foyer backup` has written.")],
) -> None:
    """A backup into a new FOYER_HOME; nothing is overwritten. Afterwards start the service."""
    from api.backup import restore

    chosen = settings()
    made = restore(chosen, source)
    print(f"{len(made['files'])} files of {made['made_at']} are in {chosen.home}")
    if made["part"] == "data":
        print("foyer: the keys are not among them: restore their backup too, before you start", file=sys.stderr)
    for note in made["elsewhere"]:
        print(f"foyer: not in this backup: {note}", file=sys.stderr)


@keys_app.command("create")
def keys_create(
    name: Annotated[str, typer.Argument(help="Whose key it is, as it appears beside decisions.")],
    role: Annotated[str, typer.Option(help="admin, recruiter, reviewer, auditor or program; admin if left out.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="For a program: what it may do, such as candidates:write; can be repeated.")
    ] = None,
) -> None:
    """Print a fresh API key. It is shown once; only its hash is kept."""
    from api import keys

    print(keys.create(settings(), name, role, scope or []))


@keys_app.command("list")
def keys_list(as_json: AsJson = False) -> None:
    """Every key: whose, what it opens, since when, and whether it was revoked."""
    from api import keys

    found = keys.listed(settings())
    if as_json:
        print_json(found)
        return
    for one in found:
        what = one["role"] + (": " + ", ".join(one["scopes"]) if one["scopes"] else "")
        ended = f"  revoked {one['revoked_at'][:10]}" if one["revoked_at"] else ""
        print(f"{one['id']}  {one['prefix']}...  {one['created_at'][:10]}  {one['name']} ({what}){ended}")


@keys_app.command("revoke")
def keys_revoke(
    key: Annotated[str, typer.Argument(help="Its id, or how it begins, as `foyer keys list` shows.")],
) -> None:
    """End a key and every session that was begun with it, at once."""
    from api import keys

    print(f"{keys.revoke(settings(), key)} is revoked", file=sys.stderr)


@app.command()
def connect(
    vendor: Annotated[str, typer.Argument(help="Which system; empty: lists those that there are.")] = "",
    name: Annotated[str, typer.Option(help="As it stands in Foyer; one that exists is changed.")] = "",
    given: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, as key=value or key=@FILE; can be given again.")
    ] = None,
    on: Annotated[bool, typer.Option("--on", help="Switch it on, whatever the test finds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Connect an applicant tracking system or a talent pool, and test it."""
    from api import connecting

    if not vendor:
        found = connecting.listed()
        if as_json:
            print_json(found)
        else:
            print("\n".join(f"{one['vendor']:<18} {one['name']} ({one['kind']})" for one in found))
        return
    here = connecting.at_terminal() and not as_json
    chosen = settings()
    chosen = reached(chosen, chosen.host, chosen.port)
    made = connecting.connect(chosen, vendor, name, given or [], ask=connecting.asked if here else None, on=on)
    if as_json:
        print_json(made)
        return
    print("\n".join(connecting.told(made)))
    if here and not on and typer.confirm("Switch it on now?", err=True):
        connecting.switch_on(settings(), made["id"])
        print("It is switched on.", file=sys.stderr)


# ---------------------------------------------------------------- without a server


@app.command()
def screen(
    job: Annotated[Path, typer.Option(help="The posting: .md, .txt, .html or JSON-LD .json.")],
    resumes: Annotated[Path, typer.Option(help="A folder (recursive), a .zip or one file.")],
    threshold: Annotated[float | None, typer.Option(min=0, max=1, help="Score that advances a candidate.")] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="A file of `foyer calibrate`: chances beside scores.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Screen a folder of resumes against a job, with a quote for every verdict."""
    from api.calibrate import load, with_chances
    from api.offline import screen_folder
    from api.progress import progress

    learnt = None if calibration is None else load(calibration)

    try:
        with progress("screening") as told:
            found = screen_folder(
                settings(), job, resumes, threshold=threshold, now=datetime.now(UTC).date(), told=told
            )
    except KeyboardInterrupt:
        print("foyer: stopped; what was read is kept, and the same command goes on from there", file=sys.stderr)
        raise SystemExit(130) from None
    if learnt is not None:
        found = with_chances(found, learnt)
    if as_json:
        print_screened(found)
    else:
        from api.terminal import shortlist

        print("\n".join(shortlist(found)))


@app.command()
def calibrate(
    labels: Annotated[Path, typer.Option(help="CSV: score, label (1 or 0) and, for several jobs, job.")],
) -> None:
    """Learn from labelled outcomes what a score is worth; prints JSON to keep for `foyer screen --calibration`."""
    from api.calibrate import calibrate

    print_json(calibrate(labels))


@app.command()
def parse(files: Annotated[list[Path], typer.Argument(help="Resumes.")], as_json: AsJson = False) -> None:
    """Read resumes into JSON Resume, one JSON line a file (always JSON; --json is accepted for symmetry)."""
    from api.offline import parse_files

    failed = 0
    for found in parse_files(settings(), files, now=datetime.now(UTC).date()):
        print(json.dumps(found, ensure_ascii=False), flush=True)
        failed += found["error"] is not None
    if failed == len(files):
        raise BadRequest("No file could be read; each line says why.")


@app.command()
def requirements(
    job: Annotated[Path, typer.Argument(help="The posting: .md, .txt, .html or JSON-LD .json.")],
    as_json: AsJson = False,
) -> None:
    """What a posting asks for, as Foyer reads it."""
    from api.offline import posting_of
    from api.wiring import Engines

    with closing(Engines(settings())) as engines:
        posting = posting_of(job, engines)
    if as_json:
        print_json(posting.model_dump(mode="json", exclude={"text"}))
        return
    print(f"{posting.title}" + (f" ({posting.location})" if posting.location else ""))
    for asked in posting.requirements:
        must = "must" if asked.must_have else "nice"
        print(f"  {asked.id:>4} {must} {asked.kind:<14} {asked.text}")


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='Whom you look for: "python data engineer with kubernetes".')],
    resumes: Annotated[Path | None, typer.Option(help="A folder, .zip or file instead of the service's pool.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find people in the talent pool (everyone the service has read), each with quotes."""
    from api.finding import find

    found = find(settings(), query, resumes, limit=limit)
    if as_json:
        print_json(found)
        return
    for one in found["found"]:
        print(f"  {one['score']:.3f} {one['name'] or 'no name'}  {one['file']}")
        for quote in one["quotes"][:2]:
            print(f'        "{quote}"')
    print(f"{len(found['found'])} of {found['pool']} resumes", file=sys.stderr)


@app.command()
def listen(
    audio: Annotated[list[Path], typer.Argument(help="Recordings: WAV, FLAC or OGG.")],
    raw_vad: Annotated[bool, typer.Option("--raw-vad", help="Also print the stretches of speech.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recordings through voice detection, end of turn and recognition; one JSON line each."""
    from api.offline import listen_to

    for found in listen_to(settings(), audio, raw_vad=raw_vad):
        print(json.dumps(found, ensure_ascii=False), flush=True)


@app.command()
def speak(
    text: Annotated[str, typer.Argument(help="What to say.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="WAV file to write.")],
) -> None:
    """Text to speech, in the interviewer's voice."""
    from api.offline import speak_to

    seconds = speak_to(settings(), text, output)
    print(f"{output}: {seconds:.1f} s", file=sys.stderr)


@app.command()
def evaluate(
    interview: Annotated[Path, typer.Option(help=INTERVIEW)],
    rubric: Annotated[Path, typer.Option(help="JSON: competency -> {low, medium, high}.")],
    as_json: AsJson = False,
) -> None:
    """A Scorecard from a transcript; one JSON object a line for JSON Lines input."""
    from api.offline import evaluate_file

    for card in evaluate_file(settings(), interview, rubric):
        if as_json:
            print(json.dumps(card, ensure_ascii=False), flush=True)
        else:
            print(f"{card['id']}: {card['recommendation']} ({card['reason']})")
            for rating in card["competencies"]:
                print(f"  {rating['name']}: {rating['rating'] or 'not assessed'}  {rating['reason']}")


@app.command()
def simulate(
    interview: Annotated[Path, typer.Option(help="What the candidate says, JSON list or Lines: {at, text, seconds}.")],
    plan: Annotated[Path, typer.Option(help="An InterviewPlan as JSON, such as samples/kits/backend_engineer.json.")],
    as_json: AsJson = False,
) -> None:
    """Run the dialogue over scripted turns on a fake clock; one JSON event a line."""
    from api.offline import simulate_file

    for event in simulate_file(interview, plan):
        print(json.dumps(event, ensure_ascii=False))


@app.command()
def impact(
    step: Annotated[str, typer.Option(help="screening or interview.")] = "screening",
    job: Annotated[str, typer.Option(help="A job's id; empty: all jobs.")] = "",
    since: Annotated[str, typer.Option(help="First month, as 2026-03; empty: twelve months.")] = "",
    until: Annotated[str, typer.Option(help="Last month; empty: the last one that is over.")] = "",
    new_york: Annotated[bool, typer.Option("--new-york", help="The summary that Local Law 144 wants.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table for spreadsheets.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do people of some groups get further less often? Counted from voluntary answers, five people at least."""
    from api.impact_print import run

    print(run(settings(), step, job, since, until, kind="new-york" if new_york else "impact", csv=as_csv, json=as_json))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Every engine, model, library and port: what works, what does not, what to do."""
    from api.doctor import examine

    found = examine(settings())
    if as_json:
        print_json(found)
    else:
        for check in found:
            mark = {"ok": "ok  ", "warning": "note", "failed": "FAIL"}[check["state"]]
            print(f"{mark} {check['name']}: {check['detail']}" + (f" -> {check['do']}" if check["do"] else ""))
    if any(check["state"] == "failed" for check in found):
        raise SystemExit(1)


@models_app.command("fetch")
def models_fetch(
    name: Annotated[str, typer.Argument(help="A Whisper model (tiny.en, base.en, small.en ...) or smart-turn.")],
) -> None:
    """Download a model once, checked by its sha256."""
    from api.progress import progress
    from api.weights import fetch

    with progress(f"fetching {name}") as told:
        path = fetch(settings(), name, told)
    print(path)


@cache_app.command("clear")
def cache_clear() -> None:
    """Delete what can be made again: read resumes (personal data), vectors, synthesised speech."""
    import shutil

    folder = settings().home / "cache"
    if folder.is_dir():
        shutil.rmtree(folder)
    print(f"{folder} is gone", file=sys.stderr)


@vocabulary_app.command("import")
def vocabulary_import(
    onet: Annotated[
        list[Path] | None, typer.Option(help="O*NET: Technology Skills, Alternate Titles or Occupation Data.")
    ] = None,
    esco: Annotated[list[Path] | None, typer.Option(help="ESCO: occupations or skills as CSV.")] = None,
) -> None:
    """Take in O*NET and ESCO files; what was imported before under the same name is replaced."""
    from api.vocabulary import bring_in

    print_json(bring_in(settings(), onet or [], esco or []))


@vocabulary_app.command("list")
def vocabulary_list() -> None:
    """Which words are known, file by file, and what has to be cited."""
    from api.vocabulary import listed

    print_json(listed(settings()))


@vocabulary_app.command("remove")
def vocabulary_remove(name: Annotated[str, typer.Argument(help="onet or esco.")]) -> None:
    """Forget an imported list."""
    from api.vocabulary import remove

    remove(settings(), name)
    print(f"{name} is no longer used", file=sys.stderr)


# ---------------------------------------------------------------- output


def print_json(found: Any) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=2))


def print_screened(found: dict[str, Any]) -> None:
    """As `print_json`, with the candidates one at a time: ten thousand of them need no memory."""
    print("{")
    for name in ("job", "requirements"):
        print(f'  "{name}": {_indented(found[name], 2)},')
    print('  "candidates": [')
    for left, candidate in zip(reversed(range(len(found["candidates"]))), found["candidates"], strict=True):
        print("    " + _indented(candidate, 4) + ("," if left else ""))
    print(
        f'  ],\n  "duplicates": {_indented(found["duplicates"], 2)},\n  "timing": {_indented(found["timing"], 2)}\n}}'
    )


def _indented(found: Any, columns: int) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2).replace("\n", "\n" + " " * columns)


if __name__ == "__main__":
    main()
