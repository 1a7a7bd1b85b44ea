"""Whatever is wrong with the input, the answer is one clear sentence, exit code 2, and nothing left behind."""

from pathlib import Path

import pytest

from tests.cli.running import PROFILE, capplan

# What is replaced in a good profile, by what, and the place and words the sentence must have.
_WRONG = {
    "not TOML": ("[traffic]", "[traffic", "profile.toml", "TOML"),
    "no traffic": ("[traffic]\nconcurrent_users = 20\nrequests_per_s = 2\n", "", "traffic", "add it"),
    "no rate": ("requests_per_s = 2\n", "", "traffic", "requests_per_s"),
    "no containers": (
        'web = { role = "gunicorn", memory = "900 MB" }\ndb = { role = "postgresql", memory = "1 GB" }\n', "",
        "containers", "at least 1",
    ),
    "no data": (PROFILE[PROFILE.index("[data]"):], "", "data", "add it"),
    "missing field": ('media = "20 GB"\n', "", "data.media", "media"),
    "typing error in a key": ("concurrent_users", "concurent_users", "traffic.concurent_users", "concurrent_users"),
    "unknown table": ("[data]", "[dta]\n[data]", "dta", "data"),
    "unit left out": ('database = "20 GB"', "database = 20", "data.database", "20 GB"),
    "unknown unit": ('"20 GB"\nmedia', '"20 gigs"\nmedia', "data.database", "GB"),
    "negative": ("requests_per_s = 2", "requests_per_s = -2", "traffic.requests_per_s", "value from"),
    "zero": ("requests_per_s = 2", "requests_per_s = 0", "traffic.requests_per_s", "value from"),
    "not a number": ("requests_per_s = 2", "requests_per_s = nan", "traffic.requests_per_s", "value from"),
    "infinite": ("requests_per_s = 2", "requests_per_s = inf", "traffic.requests_per_s", "value from"),
    "text for a number": ("requests_per_s = 2", 'requests_per_s = "two"', "traffic.requests_per_s", "number"),
    "true for a number": ("requests_per_s = 2", "requests_per_s = true", "traffic.requests_per_s", "number"),
    "low above high": (
        "requests_per_s = 2", "requests_per_s = { low = 3, mid = 2, high = 1 }", "traffic.requests_per_s", "low <= mid",
    ),
    "interval without mid": ("requests_per_s = 2", "requests_per_s = { low = 1 }", "traffic.requests_per_s", "mid"),
    "unknown basis": (
        "requests_per_s = 2", 'requests_per_s = { mid = 2, basis = "felt" }', "traffic.requests_per_s", "measured",
    ),
    "unknown role": ('role = "gunicorn"', 'role = "apache"', "containers.web.role", "gunicorn"),
    "a container name with a slash": ("web = {", '"we/b" = {', "containers", "a name of letters"),
    "no container that answers": ('role = "gunicorn"', 'role = "redis"', "containers", "gunicorn"),
    "shares that do not add up": (
        "[data]", "[classes.a]\nshare = 0.5\n[classes.b]\nshare = 0.4\n[data]", "classes", "0.5 + 0.4 = 0.9",
    ),
    "class in an unknown container": (
        "[data]", '[classes.a]\nshare = 1\ncontainer = "api"\n[data]', "classes.a", "web, db",
    ),
    "processor time of an unknown container": (
        "[data]", '[classes.a]\nshare = 1\ncpu = { cache = "1 ms" }\n[data]', "classes.a", "web, db",
    ),
    "jobs without a runner": ("[data]", "[jobs.mail]\nper_hour = 5\n[data]", "jobs", "celery"),
    "a job with two rates": (
        "[data]", '[jobs.mail]\nper_hour = 5\nper_request_ratio = 0.1\ncontainer = "web"\n[data]',
        "jobs.mail", "exactly",
    ),
    "a setting for another role": (
        'memory = "1 GB" }', 'memory = "1 GB", threads = 4 }', "containers.db.threads", "only for gunicorn",
    ),
    "unknown assumption": ("[data]", "[assume]\ncpu_gunicorn = 0.1\n[data]", "assume.cpu_gunicorn", "cpu_gunicorn_s"),
    "users, rate and think time disagree": (
        "requests_per_s = 2", 'requests_per_s = 2\nthink_time = "3 s"', "traffic", "Little's law",
    ),
    "more requests than time allows": ("requests_per_s = 2", "requests_per_s = 2000", "traffic", "Little's law"),
    "a wrong date": ('name = "shop"', 'name = "shop"\nas_of = "soon"', "as_of", "date"),
    "a horizon of no time": ("[data]", '[growth]\nhorizon = "0 months"\n[data]', "growth.horizon", "value from"),
}  # fmt: skip


@pytest.mark.parametrize("case", _WRONG)
def test_a_wrong_profile_is_one_sentence(case: str, tmp_path: Path) -> None:
    """A wrong profile names file and place, says what was expected, ends with code 2, and writes nothing."""
    old, new, place, words = _WRONG[case]
    assert old in PROFILE
    (tmp_path / "profile.toml").write_text(PROFILE.replace(old, new, 1), encoding="utf-8")
    run = capplan("recommend", "profile.toml", "-o", "plan.json", folder=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("capplan: profile.toml")
    assert run.err.count("\n") == 1
    assert "Traceback" not in run.err
    assert place in run.err
    assert words in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["profile.toml"]


_COMMANDS = {
    "no such file": (["recommend", "none.toml"], "none.toml", "no such file"),
    "a folder": (["recommend", "."], ".", "directory"),
    "no such plan": (["report", "none.json"], "none.json", "no such file"),
    "no plan at all": (["report", "empty.json"], "empty.json", "plan of this version"),
    "a server of nothing": (["recommend", "--server", "2:4GB"], "--server 2:4GB", "CORES:MEMORY:DISK"),
    "a server without units": (["recommend", "--server", "2:4:80"], "--server 2:4:80", "CORES:MEMORY:DISK"),
    "no cores": (["recommend", "--server", "0:4GB:80GB"], "--server 0:4GB:80GB", "1 to 1024 cores"),
    "set without a value": (["recommend", "--set", "traffic"], "--set traffic", "KEY=VALUE"),
    "set below a value": (["recommend", "--set", "name.first=a"], "--set name.first=a", "table"),
    "set an unknown key": (["recommend", "--set", "traffic.users=3"], "traffic.users", "unknown key"),
    "an unknown language": (["report", "--lang", "de"], "--lang", "en"),
    "an unknown format": (["report", "--format", "pdf"], "--format", "markdown"),
    "an unknown figure": (["recommend", "--explain", "cpu"], "--explain cpu", "try"),
    "a folder that does not exist": (["recommend", "-o", "none/plan.json"], "none/plan.json", "written"),
    "init over a file": (["init", "-o", "empty.json"], "empty.json", "--force"),
    "init with an unknown role": (
        ["init", "-o", "new.toml", "--container", "web=apache"],
        "web=apache",
        "gunicorn",
    ),
    "an unknown option": (["recommend", "--severs", "1"], "--severs", "No such option"),
}


@pytest.mark.parametrize("case", _COMMANDS)
def test_a_wrong_command_is_refused(case: str, tmp_path: Path) -> None:
    """A wrong option or file ends with code 2, names what is wrong, and writes nothing."""
    words, place, expected = _COMMANDS[case]
    (tmp_path / "capplan.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    run = capplan(*words, folder=tmp_path)
    assert run.code == 2
    assert "Traceback" not in run.err
    assert place in run.err
    assert expected in run.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capplan.toml", "empty.json"]
