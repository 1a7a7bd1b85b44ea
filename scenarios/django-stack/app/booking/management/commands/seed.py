"""seed: fills an empty database with the same rows each time."""

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

USERS = "user%s"
PASSWORD = "booking"  # noqa: S105 - the password of made-up users of a throwaway database
CATEGORIES = "{city,coast,desert,forest,island,lake,mountain,river,valley,village}"
WORDS = (
    "{amber,basin,cedar,delta,ember,fjord,grove,harbor,inlet,juniper,kiln,lagoon,meadow,north,orchard,pebble,"
    "quarry,ridge,summit,terrace,upland,vineyard,willow,yard,arch,bridge,canal,dune,estate,ferry,garden,hill}"
)

_SQL = """
INSERT INTO auth_user (id, username, password, first_name, last_name, email, is_active, is_staff, is_superuser,
                       date_joined)
SELECT n, format(%(user)s, n), %(password)s, '', '', '', true, false, false, timestamptz '2025-01-01'
  FROM generate_series(1, %(users)s) n;

INSERT INTO booking_article (id, title, category, body, price_cents, places, bookings_count, published)
SELECT n,
       initcap(words[1 + n * 7 %% 32] || ' ' || words[1 + n * 13 %% 31]) || ' ' || n,
       categories[1 + n %% 10],
       (SELECT string_agg(words[1 + (hashint4(n * 64 + k) & 31)], ' ') FROM generate_series(1, 60) k),
       1000 + n * 37 %% 90000, 10 + n %% 40, %(bookings)s / %(articles)s,
       timestamptz '2025-01-01' + n * interval '13 minutes'
  FROM generate_series(1, %(articles)s) n,
       (SELECT %(words)s::text[] AS words, %(categories)s::text[] AS categories) given;

INSERT INTO booking_booking (id, article_id, user_id, places, note, created)
SELECT n, 1 + n * 7919::bigint %% %(articles)s, 1 + n %% %(users)s, 1 + n %% 4, '',
       timestamptz '2025-01-01' + n * interval '13 minutes'
  FROM generate_series(1, %(bookings)s) n;
"""
_SEQUENCES = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"


class Command(BaseCommand):
    """Fill the tables by SQL alone, in a second or two."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say how many rows."""
        parser.add_argument("--users", type=int, default=200)
        parser.add_argument("--articles", type=int, default=30_000)
        parser.add_argument("--bookings", type=int, default=60_000)

    def handle(self, **given: int) -> None:
        """Insert, set the counters, and let the database look at what it has."""
        counts = {name: given[name] for name in ("users", "articles", "bookings")}
        password = make_password(PASSWORD, salt="thesamesaltforall")
        texts = {"user": USERS, "password": password, "words": WORDS, "categories": CATEGORIES}
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _SQL.split(";\n\n"):
                cursor.execute(statement, counts | texts)
            for name, count in (
                ("auth_user", counts["users"]),
                ("booking_article", counts["articles"]),
                ("booking_booking", counts["bookings"]),
            ):
                cursor.execute(_SEQUENCES, (name, count))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
