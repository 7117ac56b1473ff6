"""The field's words as types: every enumeration and small value object that the floors share.

The codes are stored in the database and shown in the API, so a value once released is never renamed.
Sources: urgency levels, categories and roles are those of the ministry's brief (docs/glossary.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Urgency(StrEnum):
    """How soon harm may happen, U1 (life or body in danger now) to U4 (information, claims, past matters)."""

    U1 = "U1"
    U2 = "U2"
    U3 = "U3"
    U4 = "U4"

    def is_above(self, other: Urgency) -> bool:
        """True when this level is more urgent than the other one."""
        return self.value < other.value

    @classmethod
    def worst(cls, *levels: Urgency) -> Urgency:
        """The most urgent of the given levels; U4 when none is given."""
        return min(levels, default=cls.U4, key=lambda level: level.value)


class Category(StrEnum):
    """What the case is about: 24 kinds of matter and INFO (a question, no matter yet)."""

    KEKERASAN_FISIK = "KEKERASAN_FISIK"
    KEKERASAN_SEKSUAL = "KEKERASAN_SEKSUAL"
    SEKAP = "SEKAP"
    ANCAMAN = "ANCAMAN"
    TPPO = "TPPO"
    KRISIS_JIWA = "KRISIS_JIWA"
    MEDIS = "MEDIS"
    MENINGGAL = "MENINGGAL"
    HILANG_KONTAK = "HILANG_KONTAK"
    GAJI = "GAJI"
    KONTRAK = "KONTRAK"
    PHK = "PHK"
    DOKUMEN = "DOKUMEN"
    IMIGRASI = "IMIGRASI"
    DETENSI_HUKUM = "DETENSI_HUKUM"
    PULANG = "PULANG"
    GAGAL_BERANGKAT = "GAGAL_BERANGKAT"
    BIAYA = "BIAYA"
    PENIPUAN_REKRUT = "PENIPUAN_REKRUT"
    JAMSOS = "JAMSOS"
    KUR = "KUR"
    ABK = "ABK"
    KONFLIK_BENCANA = "KONFLIK_BENCANA"
    KELUARGA_SIPIL = "KELUARGA_SIPIL"
    INFO = "INFO"


class Family(StrEnum):
    """The three families of matter the ministry names: violence, rights violation, administrative."""

    VIOLENCE = "violence"
    RIGHTS = "rights"
    ADMINISTRATIVE = "administrative"


_VIOLENCE = {
    Category.KEKERASAN_FISIK, Category.KEKERASAN_SEKSUAL, Category.SEKAP, Category.ANCAMAN, Category.TPPO,
    Category.KRISIS_JIWA, Category.MEDIS, Category.MENINGGAL, Category.HILANG_KONTAK, Category.KONFLIK_BENCANA,
}  # fmt: skip
_RIGHTS = {
    Category.GAJI, Category.KONTRAK, Category.PHK, Category.DOKUMEN, Category.DETENSI_HUKUM, Category.PULANG,
    Category.GAGAL_BERANGKAT, Category.BIAYA, Category.PENIPUAN_REKRUT, Category.ABK,
}  # fmt: skip


def family_of(category: Category) -> Family:
    """The family a category belongs to."""
    if category in _VIOLENCE:
        return Family.VIOLENCE
    return Family.RIGHTS if category in _RIGHTS else Family.ADMINISTRATIVE


class Channel(StrEnum):
    """How words travel between us and a person."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    CALL = "call"
    # How a report came that an officer registers by hand.
    LETTER = "letter"
    EMAIL = "email"
    WALK_IN = "walk_in"
    SOCIAL_MEDIA = "social_media"
    # From our machine to an agency's; people neither write nor read on it.
    WEBHOOK = "webhook"


# We can write back on these only; whoever called can be written to by SMS.
WRITABLE_CHANNELS = frozenset({Channel.SMS, Channel.WHATSAPP})


class Relation(StrEnum):
    """What somebody who reports for another is to them."""

    FAMILY = "family"
    FRIEND = "friend"
    NGO = "ngo"
    VILLAGE = "village"
    P3MI = "p3mi"
    RECRUITER = "recruiter"
    OFFICIAL = "official"
    OTHER = "other"


class PartyRole(StrEnum):
    """What somebody is in a case. Who wrote is the reporter, whatever else they are in it."""

    VICTIM = "victim"
    PROXY = "proxy"
    FAMILY = "family"
    WITNESS = "witness"
    EMPLOYER = "employer"
    RECRUITER = "recruiter"
    P3MI = "p3mi"


class Authority(StrEnum):
    """By what right a proxy speaks for the worker. LETTER: an officer has seen a letter of authority (surat kuasa)."""

    NONE = "none"
    SPOKEN = "spoken"
    LETTER = "letter"


class Disclosure(StrEnum):
    """How much somebody may be told of a worker: nothing at all, or how far her matter is."""

    NOTHING = "nothing"
    STATUS = "status"


class Direction(StrEnum):
    """Which way a message goes, seen from the hotline."""

    IN = "in"
    OUT = "out"


class IdentifierKind(StrEnum):
    """What kind of name a channel gives a person.

    PHONE is an E.164 number; WHATSAPP_ID the WaId where it differs from the number; BSUID WhatsApp's
    business-scoped user id (`CC.xxx`), which replaces the number of people who hide theirs. EMAIL and USERNAME
    are for searching and for humans: nobody is recognised by them, nothing is sent to them.
    """

    PHONE = "phone"
    WHATSAPP_ID = "whatsapp_id"
    BSUID = "bsuid"
    EMAIL = "email"
    USERNAME = "username"


class CaseStatus(StrEnum):
    """Where a case stands. NEW: no human has read it; TRIAGED: one has, nobody handles it; OPEN: somebody does;
    RESOLVED: what was asked for is done, and she is asked whether it is; CLOSED: ended by a human on a ground.

    The moves between them are a table: `cases.rules.lifecycle`. A case that was closed and goes on is OPEN or NEW
    again, and its log says REOPENED.
    """

    NEW = "new"
    TRIAGED = "triaged"
    OPEN = "open"
    WAITING_FOR_WORKER = "waiting_for_worker"
    WAITING_FOR_AGENCY = "waiting_for_agency"
    RESOLVED = "resolved"
    CLOSED = "closed"


class WaitingAbout(StrEnum):
    """What we wait for from the worker. CANNOT_BE_SETTLED: she was told so, and may say what she makes of it."""

    PAPERS = "papers"
    ANSWER = "answer"
    DECISION = "decision"
    CANNOT_BE_SETTLED = "cannot_be_settled"


class CloseReason(StrEnum):
    """The ground on which a human closed a case; what each rests on, and how long it must have lasted, is data
    (`escalation/data/closing.toml`)."""

    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    HANDED_OVER = "handed_over"
    PAPERS_NOT_COMPLETED = "papers_not_completed"
    NO_CLEAR_ANSWER = "no_clear_answer"
    UNREACHABLE = "unreachable"
    CANNOT_BE_SETTLED = "cannot_be_settled"
    DUPLICATE = "duplicate"
    NOT_A_REPORT = "not_a_report"


class Side(StrEnum):
    """Where the worker is, seen from Indonesia: decides who leads (domain brief, routing by kind of case)."""

    ABROAD = "abroad"
    HOME = "home"


class AgencyKind(StrEnum):
    """Kinds of agency a case can be referred to."""

    DUTY_ROOM = "duty_room"
    MISSION = "mission"
    KEMLU = "kemlu"
    BP3MI = "bp3mi"
    IMMIGRATION = "immigration"
    POLICE = "police"
    REGIONAL_GOVERNMENT = "regional_government"


class ReferralStatus(StrEnum):
    """Where a request to one agency stands."""

    PROPOSED = "proposed"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"
    REVOKED = "revoked"


class RejectReason(StrEnum):
    """Why an agency gave a referral back. NOT_OURS sends it to the duty room at once."""

    NOT_OURS = "not_ours"
    NO_CAPACITY = "no_capacity"
    NOT_ENOUGH_INFORMATION = "not_enough_information"
    DUPLICATE = "duplicate"
    OTHER = "other"


class SharingBasis(StrEnum):
    """On what ground a case is shown to an agency that may see it only with consent (domain brief 5.2, 5.3)."""

    CONSENT = "consent"
    VITAL_INTEREST = "vital_interest"
    CHILD_IN_DANGER = "child_in_danger"
    LAWFUL_ORDER = "lawful_order"
    PUBLIC_DUTY = "public_duty"


class Step(StrEnum):
    """The promises a clock can watch."""

    READ = "read"
    ASSIGN = "assign"
    SAFE_CONTACT = "safe_contact"
    REFERRAL_ACCEPT = "referral_accept"
    P3MI_PROMISE = "p3mi_promise"


class PartnerEvent(StrEnum):
    """What an agency's machine is told of a referral and of its case. The words are on the wire: never renamed."""

    REFERRAL_SENT = "referral.sent"
    REFERRAL_REVOKED = "referral.revoked"
    CASE_URGENCY_CHANGED = "case.urgency_changed"
    CASE_CLOSED = "case.closed"
    CASE_REOPENED = "case.reopened"


class ClockState(StrEnum):
    """RUNNING: due in the future; PAUSED: time stands still; MET: kept; BREACHED: due passed, still owed;
    CANCELLED: the step is owed no longer (case closed, referral revoked)."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class CalendarKind(StrEnum):
    """In which hours a clock counts. ALWAYS: 24x7; DAYTIME: 06-22 where the worker is, every day;
    OFFICE: working hours of working days of the country whose office owes the step."""

    ALWAYS = "always"
    DAYTIME = "daytime"
    OFFICE = "office"


class LadderRole(StrEnum):
    """Whom a rung of the ladder pages. AGENCY is the duty contact of the agency that owes the answer."""

    HANDLER = "handler"
    DUTY_OFFICER = "duty_officer"
    AGENCY = "agency"
    SUPERVISOR = "supervisor"
    DIRECTOR = "director"


class PageKind(StrEnum):
    """Why somebody is paged."""

    NEW_CASE = "new_case"
    WARN = "warn"
    BREACH = "breach"
    STILL_SILENT = "still_silent"
    POSSIBLE_DURESS = "possible_duress"
    PATTERN = "pattern"


class MessageKind(StrEnum):
    """What a message is for; outgoing kinds other than REPLY name a folder of wording."""

    REPORT = "report"
    CALL = "call"
    REPLY = "reply"
    NEUTRAL_REPLY = "neutral_reply"
    QUESTION = "question"
    ANSWER = "answer"
    REFERRAL = "referral"
    PAGE = "page"
    COMMAND = "command"
    COMMAND_ANSWER = "command_answer"
    NUDGE = "nudge"
    CHECK = "check"
    UPDATE = "update"
    PARTNER_EVENT = "partner_event"


class Delivery(StrEnum):
    """How far an outgoing message got, ranked by `rank`; a late lower status never overwrites a higher one.

    HELD: the contact gate holds it back, a human decides; WAITING: row written, no attempt; SENDING: an
    attempt is under way, its outcome not yet known; the others are the provider's words (docs: Twilio message status).
    """

    HELD = "held"
    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TemplateState(StrEnum):
    """How far WhatsApp's approval of a message template has got (the provider's words)."""

    UNSUBMITTED = "unsubmitted"
    RECEIVED = "received"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"


class AttemptOutcome(StrEnum):
    """How one attempt to send ended. ACCEPTED: the provider took it; REFUSED: it certainly did not; UNKNOWN: nobody
    saw the end; FOUND, NOT_THERE: what a look at the provider's list made of an unknown end."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    FOUND = "found"
    NOT_THERE = "not_there"


class Outlook(StrEnum):
    """What happens next with an outgoing message, as officers are told."""

    WILL_BE_SENT = "will_be_sent"
    WILL_BE_TRIED_AGAIN = "will_be_tried_again"
    WILL_BE_LOOKED_FOR = "will_be_looked_for"
    WAITS_FOR_RECEIPT = "waits_for_receipt"
    NO_RECEIPT_CAME = "no_receipt_came"
    HELD_FOR_A_HUMAN = "held_for_a_human"
    REPLACED = "replaced"
    HUMAN_ASKED = "human_asked"
    ARRIVED = "arrived"
    ENDED = "ended"


class DifferenceKind(StrEnum):
    """How the provider's list and our rows differed. STATUS_BEHIND: its receipts were lost; SENT_UNNOTED: it has a
    message that we held for unsent; NOT_KNOWN_THERE: it does not know one that we believe sent; NOT_OURS: it sent one
    that is in none of our rows."""

    STATUS_BEHIND = "status_behind"
    SENT_UNNOTED = "sent_unnoted"
    NOT_KNOWN_THERE = "not_known_there"
    NOT_OURS = "not_ours"


class DeadLetterKind(StrEnum):
    """What can end without getting where it was to go: a message out, a job, a webhook in."""

    MESSAGE = "message"
    JOB = "job"
    SPOOL = "spool"


class DeadLetterVerb(StrEnum):
    """What a human did about a dead letter."""

    READ = "read"
    REPLAYED = "replayed"
    SETTLED = "settled"


class AttachmentState(StrEnum):
    """WAITING: to be fetched; STORED: kept; REFUSED: against the rules of what we fetch and keep; FAILED: it
    could not be had. An officer can ask for the last two again."""

    WAITING = "waiting"
    STORED = "stored"
    REFUSED = "refused"
    FAILED = "failed"


class MediaFailure(StrEnum):
    """Why an attachment could not be fetched."""

    WRONG_ADDRESS = "wrong_address"
    PRIVATE_ADDRESS = "private_address"
    TOO_MANY_HOPS = "too_many_hops"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TYPE_NOT_ALLOWED = "type_not_allowed"
    TYPE_MISMATCH = "type_mismatch"
    INFECTED = "infected"
    NOT_THERE = "not_there"
    NOT_LET_IN = "not_let_in"
    PROVIDER_ERROR = "provider_error"
    CONNECTION = "connection"
    SCAN_UNAVAILABLE = "scan_unavailable"
    NOT_STORED = "not_stored"


class Role(StrEnum):
    """What a member of staff may do. Row and field rules live in `cases.rules.access`."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class ContactSign(StrEnum):
    """What a person's own words say about contacting them; each can only narrow what we may do."""

    PHONE_NOT_PRIVATE = "phone_not_private"
    DO_NOT_CALL = "do_not_call"
    DO_NOT_REPLY = "do_not_reply"
    BORROWED_PHONE = "borrowed_phone"


class ReasonKind(StrEnum):
    """What set the machine's level of a message."""

    LEARNED = "learned"
    PHRASE = "phrase"


class LookState(StrEnum):
    """What became of asking an outside model about a message. The last five end it without a change."""

    WAITING = "waiting"
    RAISED = "raised"
    NOT_ABOVE = "not_above"
    HUMAN_DECIDED = "human_decided"
    MEANINGLESS = "meaningless"
    GIVEN_UP = "given_up"
    TOO_LATE = "too_late"


class Reporter(StrEnum):
    """Who writes: the worker herself, or somebody for her."""

    SELF = "self"
    THIRD_PERSON = "third_person"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """Kinds of line in a case's log."""

    CASE_OPENED = "case_opened"
    MESSAGE_RECEIVED = "message_received"
    MESSAGE_QUEUED = "message_queued"
    MESSAGE_STATUS = "message_status"
    TRIAGED = "triaged"
    URGENCY_CHANGED = "urgency_changed"
    CATEGORIES_CHANGED = "categories_changed"
    TRAINING_USE = "training_use"
    ASSIGNED = "assigned"
    NOTE_ADDED = "note_added"
    CONTACT_RECORDED = "contact_recorded"
    CONTACT_PLAN_CHANGED = "contact_plan_changed"
    REFERRAL_PROPOSED = "referral_proposed"
    REFERRAL_SENT = "referral_sent"
    REFERRAL_ACCEPTED = "referral_accepted"
    REFERRAL_REJECTED = "referral_rejected"
    REFERRAL_DONE = "referral_done"
    REFERRAL_REVOKED = "referral_revoked"
    NO_CONTACT_FOR_AGENCY = "no_contact_for_agency"
    CLOCK_WARNED = "clock_warned"
    CLOCK_BREACHED = "clock_breached"
    CLOCK_MET = "clock_met"
    PAGED = "paged"
    NOBODY_TO_PAGE = "nobody_to_page"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    REOPENED = "reopened"
    CASES_MERGED = "cases_merged"
    CASES_PARTED = "cases_parted"
    READ = "read"
    IDENTIFIER_CONFLICT = "identifier_conflict"
    IDENTIFIER_DOUBTED = "identifier_doubted"
    IDENTIFIER_CONFIRMED = "identifier_confirmed"
    IDENTIFIER_PASSED_ON = "identifier_passed_on"
    MESSAGES_MOVED = "messages_moved"
    MESSAGES_TAKEN_OVER = "messages_taken_over"
    PERSONS_MERGED = "persons_merged"
    PERSONS_PARTED = "persons_parted"
    PERSON_SPLIT = "person_split"
    PERSON_SEEN = "person_seen"
    IDENTIFIER_ADDED = "identifier_added"
    IDENTIFIER_ENDED = "identifier_ended"
    PARTY_ADDED = "party_added"
    PARTY_CHANGED = "party_changed"
    PARTY_ENDED = "party_ended"
    CLARIFICATION_RECORDED = "clarification_recorded"
    PROMISE_JUDGED = "promise_judged"
    FORM_EXPORTED = "form_exported"
    PARTY_LINKED = "party_linked"
    PARTY_UNLINKED = "party_unlinked"
    MESSAGE_HELD = "message_held"
    MESSAGE_RELEASED = "message_released"
    MESSAGE_CANCELLED = "message_cancelled"
    MESSAGE_FAILED = "message_failed"
    MESSAGE_REPEATED = "message_repeated"
    MESSAGE_REPLAYED = "message_replayed"
    MESSAGE_SETTLED = "message_settled"
    CONTACT_STOPPED = "contact_stopped"
    CONTACT_RESUMED = "contact_resumed"
    CODE_RECEIVED = "code_received"
    DURESS_WORD = "duress_word"
    SAFE_WORD = "safe_word"
    SECRET_SHOWN = "secret_shown"  # noqa: S105 - an event, no password
    TASK_OPENED = "task_opened"
    TASK_DONE = "task_done"
    QUESTIONS_STARTED = "questions_started"
    QUESTION_ANSWERED = "question_answered"
    QUESTIONS_ENDED = "questions_ended"
    ATTACHMENT_STORED = "attachment_stored"
    ATTACHMENT_NOT_STORED = "attachment_not_stored"
    ATTACHMENT_ASKED_AGAIN = "attachment_asked_again"
    ATTACHMENT_SEEN = "attachment_seen"
    ATTACHMENT_DELETED_AT_PROVIDER = "attachment_deleted_at_provider"
    EVIDENCE_EXPORTED = "evidence_exported"
    INCIDENT_JOINED = "incident_joined"
    INCIDENT_LEFT = "incident_left"
    INCIDENT_CLOSED = "incident_closed"
    NOT_DUPLICATE = "not_duplicate"
    NEED_CHANGED = "need_changed"
    CONSENT_RECORDED = "consent_recorded"
    TASK_CHANGED = "task_changed"
    STATUS_CHANGED = "status_changed"
    CLOSING_ASKED = "closing_asked"
    CLOSING_NOT_CONFIRMED = "closing_not_confirmed"
    CHECK_PLANNED = "check_planned"
    CHECK_MADE = "check_made"
    OWNER_WARNED = "owner_warned"
    UNASSIGNED = "unassigned"
    PATH_STEP_CHANGED = "path_step_changed"


class ContactPermission(StrEnum):
    """Whether a way of contacting a person is safe. UNKNOWN is the state until she, or an officer, says."""

    UNKNOWN = "unknown"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class PhoneHolder(StrEnum):
    """Who holds the phone (domain brief 4.5, rule 1). UNKNOWN is the state until somebody tells."""

    UNKNOWN = "unknown"
    SELF = "self"
    SHARED = "shared"
    EMPLOYER = "employer"
    AGENCY = "agency"


class Doubt(StrEnum):
    """Why a number or id may be somebody else's by now. CHANGED_USER_ID: it came with another WhatsApp user id,
    which is made anew when a number changes hands. LONG_SILENCE: nothing was heard for half a year, after which
    operators give numbers away. WRONG_NUMBER: whoever answered said so. OFFICER: an officer doubts."""

    CHANGED_USER_ID = "changed_user_id"
    LONG_SILENCE = "long_silence"
    WRONG_NUMBER = "wrong_number"
    OFFICER = "officer"


class Purpose(StrEnum):
    """Why a message to a person is sent. REPLY: an officer wrote it. ANSWER: the machine answers what she just
    wrote. NOTICE: the machine writes unasked."""

    REPLY = "reply"
    ANSWER = "answer"
    NOTICE = "notice"


class HoldReason(StrEnum):
    """Why the gate holds a message to a person back; OUTSIDE_HOURS is the one that time heals, TOO_OLD the one that
    no longer matters. Not the gate's: WAY_BROKEN, the provider failed and another way was open; NO_LONGER_SHARED, an
    agency may not, or cannot, be told any more, and nothing is left to decide."""

    OPTED_OUT = "opted_out"
    FORBIDDEN_BY_PLAN = "forbidden_by_plan"
    CHANNEL_NOT_SAFE = "channel_not_safe"
    NUMBER_IN_DOUBT = "number_in_doubt"
    PASSED_ON = "passed_on"
    DURESS = "duress"
    NOTHING_KNOWN = "nothing_known"
    BETRAYING_WORDS = "betraying_words"
    TOO_MANY_ANSWERS = "too_many_answers"
    NOT_FOR_PROXY = "not_for_proxy"
    OUTSIDE_HOURS = "outside_hours"
    TOO_OLD = "too_old"
    WAY_BROKEN = "way_broken"
    NO_LONGER_SHARED = "no_longer_shared"


class LexiconState(StrEnum):
    """Where an edited word list stands: being written, in use or used before, or given up."""

    DRAFT = "draft"
    LIVE = "live"
    DISCARDED = "discarded"


class TaskKind(StrEnum):
    """What a human must do about a case."""

    DECIDE_HELD_MESSAGE = "decide_held_message"
    POSSIBLE_DURESS = "possible_duress"
    CALL_AT_SAFE_HOUR = "call_at_safe_hour"
    WRITE_BY_OTHER_MEANS = "write_by_other_means"
    CONFIRM_IDENTIFIER = "confirm_identifier"
    MESSAGE_FAILED = "message_failed"
    CALL_PERSON = "call_person"
    ENDPOINT_GONE = "endpoint_gone"
    FOLLOW_UP = "follow_up"
    MENTIONED = "mentioned"
    LOOK_AGAIN = "look_again"
    ASK_IF_SOLVED = "ask_if_solved"
    CHECK_SAFETY = "check_safety"
    KEEP_WATCHING = "keep_watching"
    CONFIRM_CLOSING = "confirm_closing"
    OWNERSHIP_ENDS = "ownership_ends"


class ClosingOutcome(StrEnum):
    """What became of a request to close a case that needs a second person."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"


class CheckKind(StrEnum):
    """Why a closed case is looked at again. SAFETY: is she safe; WATCH: does whoever it was handed to act."""

    SAFETY = "safety"
    WATCH = "watch"


class CheckOutcome(StrEnum):
    """What a check became: a message through the gate, a human's task, or nothing, for the case goes on."""

    ASKED = "asked"
    FOR_A_HUMAN = "for_a_human"
    GOES_ON = "goes_on"


class PathStepState(StrEnum):
    """How a line of a family's list stands."""

    OPEN = "open_step"
    DONE = "done_step"
    NOT_NEEDED = "not_needed_step"


class NeedKind(StrEnum):
    """What a worker can need besides an answer."""

    SHELTER = "shelter"
    MEDICAL = "medical"
    LEGAL = "legal"
    PAPERS = "papers"
    RETURN = "return"


class NeedState(StrEnum):
    """How far a need is met."""

    NEEDED = "needed"
    ARRANGED = "arranged"
    MET = "need_met"
    NOT_NEEDED = "not_needed"


class ConsentPurpose(StrEnum):
    """What may be done with her matter. ASSISTANCE: an agency may see it to help; LEGAL_ACTION: it may be used against
    somebody; FAMILY_CONTACT: her family may be told; STATISTICS: it may be counted by others."""

    ASSISTANCE = "assistance"
    LEGAL_ACTION = "legal_action"
    FAMILY_CONTACT = "family_contact"
    STATISTICS = "statistics"


class HintKind(StrEnum):
    """Why another case may be the same matter."""

    SAME_PERSON = "same_person"
    SAME_EMPLOYER = "same_employer"
    SAME_RECRUITER = "same_recruiter"
    SAME_P3MI = "same_p3mi"
    PLACE_AND_TIME = "place_and_time"
    NEAR_WORDS = "near_words"


class IncidentKind(StrEnum):
    """What the cases of one event have in common."""

    SCAM_COMPOUND = "scam_compound"
    DISASTER = "disaster"
    ARMED_CONFLICT = "armed_conflict"
    EMPLOYER = "employer"
    RECRUITER = "recruiter"
    VESSEL = "vessel"
    RAID = "raid"
    OTHER = "other"


class ClarificationKind(StrEnum):
    """The regulation's steps with a P3MI, in their order."""

    FIRST = "first_clarification"
    SECOND = "second_clarification"
    MEDIATION = "mediation"
    SANCTION = "proposed_sanction"


class PromiseResult(StrEnum):
    """What became of what a P3MI promised."""

    KEPT = "promise_kept"
    BROKEN = "promise_broken"


class DayCount(StrEnum):
    """Which days of a term count."""

    CALENDAR = "calendar"
    WORKING = "working"


class UpdateOutcome(StrEnum):
    """What became of an incident's update in one case."""

    SENT = "update_sent"
    WAITS = "update_waits"
    HELD = "update_held"
    NO_ADDRESS = "update_no_address"
    TOO_SOON = "update_too_soon"
    CLOSED = "update_closed"


class ActorKind(StrEnum):
    """Whose hand made a change."""

    USER = "user"
    MACHINE = "machine"
    WORKER = "worker"
    AGENCY = "agency"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: `by` of every service. `user_id` is set for staff, `contact_id` for an agency's contact."""

    kind: ActorKind
    user_id: UUID | None = None
    contact_id: UUID | None = None
    role: Role | None = None


MACHINE = Actor(ActorKind.MACHINE)
WORKER = Actor(ActorKind.WORKER)


class WaitingFor(StrEnum):
    """Whose turn it is in a case. US: the reporter wrote and nobody answered; AGENCY: a referral was sent and not
    answered; REPORTER: we answered."""

    US = "us"
    AGENCY = "agency"
    REPORTER = "reporter"


class ContactWarning(StrEnum):
    """Why whoever opens a case must think before writing, beyond the signs in the words themselves."""

    DURESS = "duress_given"
    NO_REPLY = "reply_forbidden"
    OPTED_OUT = "opted_out"
    IN_DOUBT = "number_in_doubt"
    WATCHED = "phone_watched"
