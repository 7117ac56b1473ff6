"""The endpoints, one noun a file."""

from hotline.api.resources import (
    agencies,
    cases,
    clocks,
    handling,
    incidents,
    messages,
    referrals,
    reports,
    users,
)

BLUEPRINTS = (
    cases.blueprint,
    messages.blueprint,
    handling.blueprint,
    incidents.blueprint,
    referrals.blueprint,
    clocks.blueprint,
    agencies.blueprint,
    users.blueprint,
    reports.blueprint,
)
