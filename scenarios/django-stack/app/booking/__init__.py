"""booking: a small service that lists articles, takes bookings and uploads, writes reports and notifies."""

from booking.jobs import jobs

__all__ = ["jobs"]
