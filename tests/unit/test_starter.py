"""The first profile that capplan writes for somebody."""

import re
from datetime import date
from pathlib import Path

import pytest

from capplan.assumptions import assumptions
from capplan.compose_file import ComposeContainer, ComposeFacts, read_compose
from capplan.errors import InputError
from capplan.plan import Plan
from capplan.profile import Role, ServiceProfile
from capplan.profile_file import parse_profile
from capplan.recommend import recommend
from capplan.starter import (
    MOST_LINES,
    ContainerSketch,
    ServiceSketch,
    parse_container,
    questions,
    sketch_of_compose,
    starter_profile,
    with_answers,
    with_containers,
)

COMPOSE = Path(__file__).parents[1] / "data" / "compose" / "django.yaml"
SHOP = ServiceSketch(
    name="shop", users="80", rps="12", database="20 GB", media="30 GB", growth="60 GB", growth_over="2 years",
    containers=tuple(map(parse_container, ("web=gunicorn:900MB", "worker=celery", "db=postgresql:1.2 GB"))),
)  # fmt: skip
SKETCHES = {
    "nothing": ServiceSketch(),
    "shop": SHOP,
    "compose": sketch_of_compose(read_compose(COMPOSE)),
    "open": ServiceSketch(rps="40", containers=(parse_container("api=asgi"),)),
}
_SETTING = re.compile(r"^#(?=[a-z])", re.MULTILINE)
every_sketch = pytest.mark.parametrize("sketch", SKETCHES.values(), ids=SKETCHES.keys())


def _parsed(text: str) -> ServiceProfile:
    return parse_profile(text, "starter")


def _plan(text: str) -> Plan:
    return recommend(_parsed(text), as_of=date(2026, 11, 23), name="starter", digest="")


@every_sketch
def test_uncommented_settings_change_no_tier(sketch: ServiceSketch) -> None:
    """A commented setting has the value that is assumed: all of them stated, each tier is the same to the digit."""
    text = starter_profile(sketch)
    stated = _SETTING.sub("", text)
    assert stated != text
    assert _plan(text).tiers == _plan(stated).tiers


@every_sketch
def test_each_setting_stands_alone(sketch: ServiceSketch) -> None:
    """Any one setting can be uncommented while the others stay comments."""
    text = starter_profile(sketch)
    places = [match.start() for match in _SETTING.finditer(text)]
    profiles = [_parsed(text[:place] + text[place + 1 :]) for place in places]
    assert len(places) == sum(profile != _parsed(text) for profile in profiles)


@every_sketch
def test_at_most_forty_lines(sketch: ServiceSketch) -> None:
    """A starter profile fits on one screen."""
    assert len(starter_profile(sketch).splitlines()) <= MOST_LINES == 40


def test_many_containers_leave_out_settings() -> None:
    """Thirty containers are all written; the settings give way."""
    containers = tuple(ContainerSketch(name=f"web{n}", role=Role.GUNICORN) for n in range(30))
    text = starter_profile(ServiceSketch(containers=containers))
    expected = (30, 40)
    assert expected == (len(_parsed(text).containers), len(text.splitlines()))


def test_sources_are_those_of_the_assumptions() -> None:
    """The remark behind a setting begins as its source in the table of assumptions does."""
    line = next(line for line in starter_profile(ServiceSketch()).splitlines() if "disk_bloat_ratio" in line)
    remark = line.partition("  # ")[2]
    assumption = assumptions()["disk_bloat_ratio"]
    assert f"{assumption.how}: {assumption.estimate.source}".startswith(remark)


def test_examples_are_marked() -> None:
    """Every line that stands in for something nobody said is marked, and only such lines."""
    text = starter_profile(ServiceSketch(users="50", containers=(parse_container("web=gunicorn"),)))
    marked = [line.partition(" =")[0] for line in text.splitlines() if line.endswith("# example: replace")]
    expected = [
        "traffic.requests_per_s",
        "data.database",
        "data.media",
        "data.growth",
        "data.growth_over",
    ]
    assert expected == marked


def test_nothing_said_is_marked_whole() -> None:
    """Without any answer all required lines but the name are examples."""
    text = starter_profile(ServiceSketch())
    required = [line for line in text.splitlines() if not line.startswith(("#", "name"))]
    assert required == [line for line in required if line.endswith("# example: replace")]


def test_stated_values_arrive() -> None:
    """What is stated is in the profile, in its units."""
    profile = _parsed(starter_profile(SHOP))
    memory = profile.containers["web"].memory
    users, rps = profile.traffic.concurrent_users, profile.traffic.requests_per_s
    stated = [users, rps, memory, profile.data.growth, profile.data.growth_over]
    expected = [80, 12, 900e6, 60e9, 24]
    assert expected == [each and each.mid for each in stated]


def test_rate_alone_is_an_open_system() -> None:
    """With a rate and no users, no users are invented."""
    traffic = _parsed(starter_profile(ServiceSketch(rps="40"))).traffic
    assert traffic.concurrent_users is None


def test_processes_stated_are_not_offered() -> None:
    """A number of processes that the containers state is not offered as an assumption."""
    stated = ContainerSketch(name="web", role=Role.GUNICORN, settings={"processes": 9})
    text = starter_profile(ServiceSketch(containers=(stated,)))
    expected = (False, True)
    assert expected == ("gunicorn_processes" in text, "gunicorn_threads" in text)


@pytest.mark.parametrize(
    ("sketch", "place"),
    [
        (ServiceSketch(users="many"), "--users"),
        (ServiceSketch(users="-3"), "--users"),
        (ServiceSketch(users="nan"), "--users"),
        (ServiceSketch(rps="0"), "--rps"),
        (ServiceSketch(rps="2\ndata.x = 1"), "--rps"),
        (ServiceSketch(database="20"), "capplan init: database"),
        (ServiceSketch(growth_over="soon"), "capplan init: growth_over"),
        (ServiceSketch(name='a"\nb'), "capplan init: name"),
        (ServiceSketch(users="20", rps="5000"), "capplan init: traffic"),
        (ServiceSketch(containers=(parse_container("db=postgresql"),)), "capplan init: containers"),
    ],
)
def test_nonsense_is_refused(sketch: ServiceSketch, place: str) -> None:
    """What would make no plan is refused at its place before anything is written."""
    with pytest.raises(InputError) as caught:
        starter_profile(sketch)
    assert place == caught.value.place


def test_container_without_memory() -> None:
    """NAME=ROLE leaves the memory to the assumptions."""
    assert ContainerSketch(name="web", role=Role.GUNICORN) == parse_container("web=gunicorn")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("web", "no NAME=ROLE"),
        ("", "no NAME=ROLE"),
        ("=gunicorn", "the name ''"),
        ("2web=gunicorn", "the name '2web'"),
        ("a.b=gunicorn", "the name 'a.b'"),
        ("web=gunicron", "'gunicron'"),
        ("web=", "''"),
        ("web=gunicorn:", "''"),
        ("web=gunicorn:900", "'900'"),
        ("web=gunicorn:512banana", "'512banana'"),
        ("web=gunicorn:900MB:2", "'900MB:2'"),
    ],
)
def test_malformed_container(text: str, found: str) -> None:
    """A container that is not NAME=ROLE[:MEMORY] is refused with what stands there."""
    with pytest.raises(InputError) as caught:
        parse_container(text)
    expected = (f"--container {text}", found)
    assert expected == (caught.value.place, caught.value.found)


def test_near_role_is_suggested() -> None:
    """A role with a slip of the pen is answered with the role that was meant."""
    with pytest.raises(InputError, match=r"did you mean 'gunicorn'\?"):
        parse_container("web=gunicron")


def test_stated_container_corrects_compose() -> None:
    """A container stated beside a Compose file keeps what only the file says."""
    facts = ComposeFacts(
        name=None, monitoring=(), dashboard_port=None, logs_rotated=True,
        containers=(ComposeContainer(name="web", role=Role.OTHER, processes=6),),
    )  # fmt: skip
    merged = with_containers(sketch_of_compose(facts), [parse_container("web=gunicorn:900MB")])
    expected = ContainerSketch(name="web", role=Role.GUNICORN, settings={"processes": 6, "memory": "900MB"})
    assert [expected] == list(merged.containers)


def test_same_container_twice() -> None:
    """One name cannot be stated twice."""
    with pytest.raises(InputError, match="each once"):
        with_containers(ServiceSketch(), [parse_container("web=gunicorn"), parse_container("web=asgi")])


def test_compose_settings_arrive() -> None:
    """Limits, processes, ports, monitoring and the dashboard of a Compose file are in the profile."""
    profile = _parsed(starter_profile(SKETCHES["compose"]))
    web, db = profile.containers["web"], profile.containers["db"]
    stated = [web.memory_limit, web.processes, web.threads, db.shared_buffers, db.max_connections]
    expected = [1.5 * 2**30, 6, 2, 2**29, 150]
    assert expected == [each and each.mid for each in stated]
    assert profile.containers["nginx"].published_ports == (80, 443)
    assert profile.operations.monitoring == ("prometheus", "grafana")
    assert profile.operations.dashboard_port == 3001


def test_compose_secrets_stay() -> None:
    """No value of an environment and no password of a command reaches the profile."""
    text = starter_profile(SKETCHES["compose"])
    assert not [word for word in ("hunter2", "not-for-the-profile") if word in text]


def test_names_are_made_acceptable() -> None:
    """Names that Compose allows and a profile does not are changed, and stay different from each other."""
    containers = tuple(
        ComposeContainer(name=name, role=Role.OTHER) for name in ("a.b", "a-b", "2fa", "x" * 60)
    )
    facts = ComposeFacts(
        name="My shop", containers=containers, monitoring=(), dashboard_port=None, logs_rotated=True
    )
    profile = _parsed(starter_profile(sketch_of_compose(facts)))
    expected = ("My-shop", ["a-b", "a-b-2", "c-2fa", "x" * 36])
    assert expected == (profile.name, list(profile.containers))


@pytest.mark.parametrize("rotated", [True, False])
def test_log_rotation_arrives(rotated: bool) -> None:  # noqa: FBT001 - one value a row
    """Logs that nothing rotates are said to be so."""
    assert rotated is _parsed(starter_profile(ServiceSketch(logs_rotated=rotated))).logs.rotated


def test_replicas_are_remarked() -> None:
    """A service with replicas says beside its line that it stands for one of them."""
    containers = (ComposeContainer(name="web", role=Role.GUNICORN, replicas=3),)
    facts = ComposeFacts(
        name=None, containers=containers, monitoring=(), dashboard_port=None, logs_rotated=True
    )
    assert "# one of 3 replicas" in starter_profile(sketch_of_compose(facts))


def test_only_what_is_unknown_is_asked() -> None:
    """What options already say is not asked again."""
    asked = questions(ServiceSketch(users="20", containers=(parse_container("web=gunicorn"),)))
    expected = ["rps", "database", "media", "growth", "growth_over"]
    assert expected == [question.key for question in asked]


def test_defaults_as_answers_are_the_examples() -> None:
    """Somebody who only presses Enter gets the profile of somebody who was not asked."""
    answers = {question.key: question.default for question in questions()}
    assert starter_profile(ServiceSketch()) == starter_profile(with_answers(ServiceSketch(), answers))


def test_answers_arrive() -> None:
    """Typed answers stand in the profile without the mark of an example."""
    sketch = with_answers(
        ServiceSketch(), {"containers": "web=gunicorn:900MB db=postgresql", "database": "3 GB "}
    )
    lines = starter_profile(sketch).splitlines()
    assert 'containers.web = { role = "gunicorn", memory = "900MB" }' in lines
    assert 'data.database = "3 GB"' in lines
