"""The endpoints, one noun a file."""

from hotline.api.resources import (
    agencies,
    attachments,
    cases,
    clocks,
    dead_letters,
    differences,
    handling,
    incidents,
    merges,
    messages,
    parties,
    persons,
    referrals,
    reports,
    tasks,
    users,
)

BLUEPRINTS = (
    cases.blueprint,
    messages.blueprint,
    parties.blueprint,
    persons.blueprint,
    tasks.blueprint,
    attachments.blueprint,
    handling.blueprint,
    incidents.blueprint,
    merges.blueprint,
    referrals.blueprint,
    clocks.blueprint,
    agencies.blueprint,
    users.blueprint,
    reports.blueprint,
    dead_letters.blueprint,
    differences.blueprint,
)
