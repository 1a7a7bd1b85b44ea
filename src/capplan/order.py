"""order: what a person wishes at the command line, made into an order for a run, before anything is touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from capplan.documents import HERE, shipped_profile, shipped_scenario
from capplan.errors import InputError
from capplan.ladder import Plan
from capplan.loadtest import Order
from capplan.machine import usable_cores
from capplan.measurements import Asked, Predictions
from capplan.predict import predictions
from capplan.profile import ServiceProfile
from capplan.profile_file import parse_profile, read_profile
from capplan.run_directory import PREDICTION, PROFILE, SCENARIO, read_run
from capplan.scenario import Load, Scenario, Step
from capplan.scenario_file import read_scenario
