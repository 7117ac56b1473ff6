"""The tables of the ground floor. Importing this package registers all of them."""

from cases.models.agency import Agency, DutyContact
from cases.models.anonymous_call import AnonymousCall
from cases.models.attachment import Attachment
from cases.models.case import Case
from cases.models.case_merge import CaseFollower, CaseMerge
from cases.models.clarification import Clarification
from cases.models.closing_request import ClosingRequest
from cases.models.company import Company, CompanyMerge, CompanyName
from cases.models.consent import Consent
from cases.models.contact_plan import ContactPlan
from cases.models.event import Event
from cases.models.handover import Handover
from cases.models.incident import Incident
from cases.models.incident_update import IncidentUpdate, IncidentUpdateCase
from cases.models.message import Message, Receipt, SendAttempt
from cases.models.need import CaseNeed
from cases.models.not_duplicate import NotDuplicate
from cases.models.note import Note
from cases.models.outside_look import OutsideLook
from cases.models.partner_endpoint import PartnerEndpoint
from cases.models.party import Party
from cases.models.path_step import PathStep
from cases.models.person import Identifier, Person, PersonMerge
from cases.models.presence import Presence
from cases.models.questioning import Questioning
from cases.models.reconciliation import DeadLetterAct, Difference, Reconciliation
from cases.models.referral import Referral
from cases.models.safety_check import SafetyCheck
from cases.models.saved_view import DefaultView, SavedView
from cases.models.task import Task
from cases.models.template import Template
from cases.models.user import User
from cases.models.way import Way

__all__ = [
    "Agency",
    "AnonymousCall",
    "Attachment",
    "Case",
    "CaseFollower",
    "CaseMerge",
    "CaseNeed",
    "Clarification",
    "ClosingRequest",
    "Company",
    "CompanyMerge",
    "CompanyName",
    "Consent",
    "ContactPlan",
    "DeadLetterAct",
    "DefaultView",
    "Difference",
    "DutyContact",
    "Event",
    "Handover",
    "Identifier",
    "Incident",
    "IncidentUpdate",
    "IncidentUpdateCase",
    "Message",
    "NotDuplicate",
    "Note",
    "OutsideLook",
    "PartnerEndpoint",
    "Party",
    "PathStep",
    "Person",
    "PersonMerge",
    "Presence",
    "Questioning",
    "Receipt",
    "Reconciliation",
    "Referral",
    "SafetyCheck",
    "SavedView",
    "SendAttempt",
    "Task",
    "Template",
    "User",
    "Way",
]
