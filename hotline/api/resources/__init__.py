"""The endpoints, one noun a file."""

from hotline.api.resources import (
    agencies,
    attachments,
    cases,
    clocks,
    handling,
    messages,
    referrals,
    reports,
    tasks,
    users,
)

BLUEPRINTS = (
    cases.blueprint,
    messages.blueprint,
    tasks.blueprint,
    attachments.blueprint,
    handling.blueprint,
    referrals.blueprint,
    clocks.blueprint,
    agencies.blueprint,
    users.blueprint,
    reports.blueprint,
)
