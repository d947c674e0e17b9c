"""The rows, and the column types that carry personal data, JSON and time. Used by `models.db` and `models.store`.

Every table has `organisation_id`; rows that belong to no organisation (leases) carry SYSTEM. There is deliberately no
foreign key on it: infrastructure rows have no organisation row.

Whatever tells something about a person lies in a `Sealed` or `SealedJson` column. What is written there must say whose
it is (`Personal`, `PersonalJson`), so that one person's data can be made unreadable without touching anyone else's.
"""

from __future__ import annotations

from models.columns import Personal as Personal
from models.columns import PersonalJson as PersonalJson
from models.columns import secrets_of as secrets_of
from models.records.accounts import AccountLink as AccountLink
from models.records.accounts import AgencyLink as AgencyLink
from models.records.accounts import BrowserSession as BrowserSession
from models.records.accounts import JobMember as JobMember
from models.records.accounts import User as User
from models.records.audits import AuditDetails as AuditDetails
from models.records.audits import AuditEntry as AuditEntry
from models.records.audits import AuditHead as AuditHead
from models.records.audits import AuditPerson as AuditPerson
from models.records.audits import AuditStub as AuditStub
from models.records.audits import AuditSubject as AuditSubject
from models.records.audits import BiasAudit as BiasAudit
from models.records.audits import Erasure as Erasure
from models.records.base import SYSTEM as SYSTEM
from models.records.base import AccountLinkKind as AccountLinkKind
from models.records.base import AuditRule as AuditRule
from models.records.base import Base as Base
from models.records.base import BatchState as BatchState
from models.records.base import BookingState as BookingState
from models.records.base import ChannelKind as ChannelKind
from models.records.base import DeliveryKind as DeliveryKind
from models.records.base import DeliveryState as DeliveryState
from models.records.base import InboxState as InboxState
from models.records.base import InterviewState as InterviewState
from models.records.base import InvitePolicy as InvitePolicy
from models.records.base import JobState as JobState
from models.records.base import LinkKind as LinkKind
from models.records.base import NoticeKind as NoticeKind
from models.records.base import RemarkKind as RemarkKind
from models.records.base import RemoteKind as RemoteKind
from models.records.base import RequestKind as RequestKind
from models.records.base import ReviewEventKind as ReviewEventKind
from models.records.base import ReviewKind as ReviewKind
from models.records.base import RoundState as RoundState
from models.records.base import Stage as Stage
from models.records.base import UserRole as UserRole
from models.records.base import UserState as UserState
from models.records.base import account_key as account_key
from models.records.base import email_key as email_key
from models.records.base import new_id as new_id
from models.records.base import one_name as one_name
from models.records.base import person_key as person_key
from models.records.base import phone_key as phone_key
from models.records.calling import Call as Call
from models.records.calling import DialCode as DialCode
from models.records.case import Application as Application
from models.records.case import Batch as Batch
from models.records.case import ByPerson as ByPerson
from models.records.case import Candidate as Candidate
from models.records.case import Document as Document
from models.records.case import HumanDecision as HumanDecision
from models.records.case import LegalHold as LegalHold
from models.records.case import Notice as Notice
from models.records.case import Purge as Purge
from models.records.case import ReviewEvent as ReviewEvent
from models.records.case import Screening as Screening
from models.records.case import Suspension as Suspension
from models.records.conversation import Booking as Booking
from models.records.conversation import CandidateRequest as CandidateRequest
from models.records.conversation import Consent as Consent
from models.records.conversation import EntryCode as EntryCode
from models.records.conversation import Interview as Interview
from models.records.conversation import InterviewEvent as InterviewEvent
from models.records.conversation import Place as Place
from models.records.conversation import Remark as Remark
from models.records.conversation import Report as Report
from models.records.conversation import ReportLink as ReportLink
from models.records.conversation import Reuse as Reuse
from models.records.conversation import Review as Review
from models.records.deciding import Note as Note
from models.records.deciding import Round as Round
from models.records.deciding import RoundMember as RoundMember
from models.records.deciding import Sample as Sample
from models.records.deciding import SampleMember as SampleMember
from models.records.identity import IdentityProvider as IdentityProvider
from models.records.infrastructure import Lease as Lease
from models.records.merging import Merge as Merge
from models.records.opening import Job as Job
from models.records.opening import JobApproval as JobApproval
from models.records.opening import JobKit as JobKit
from models.records.opening import JobRequirement as JobRequirement
from models.records.opening import JobVersion as JobVersion
from models.records.outgoing import Delivery as Delivery
from models.records.outgoing import DeliveryAttempt as DeliveryAttempt
from models.records.outgoing import Endpoint as Endpoint
from models.records.pool import SavedSearch as SavedSearch
from models.records.systems import CandidateSource as CandidateSource
from models.records.systems import Connection as Connection
from models.records.systems import InboxEvent as InboxEvent
from models.records.systems import OutcomeEvent as OutcomeEvent
from models.records.systems import Remote as Remote
from models.records.who import ApiKey as ApiKey
from models.records.who import Organisation as Organisation
from models.records.writing import Branding as Branding
from models.records.writing import Channel as Channel
from models.records.writing import Subscription as Subscription
from models.records.writing import Template as Template
