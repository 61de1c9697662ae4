"""The actions that the audit log records, each with its sentence."""

from collections.abc import Mapping

from server.messages import Message, message

ACTIONS: Mapping[str, str] = {
    "company settings": "Changed the company's settings: {what}",
    "person added": "Added {subject}",
    "person changed": "Changed {subject}: {what}",
    "person merged": "Merged {duplicate} into {subject}",
    "person invited": "Invited {subject} by {how}",
    "access ended": "Ended the access of {subject}",
    "access restored": "Gave {subject} access again",
    "password reset": "Sent {subject} a link to set a new password",
    "second factor removed": "Removed the second factor of {subject}",
    "import": "Imported {files}: {counts}",
    "deal corrected": "Corrected the deal {subject}: {what}",
    "customer corrected": "Corrected the customer {subject}: {what}",
    "product corrected": "Corrected the product {subject}: {what}",
    "import undone": "Undid the import of {files}",
    "backup": "Backed up the database to {subject}: {contents}",
    "restore": "Restored the database from {subject}: {contents}",
    "data exported": "Downloaded {subject}",
    "plan put in force": "Put “{subject}” in force from {since}",
    "plan ended": "Ended “{subject}” on {until}",
    "plan withdrawn": "Withdrew “{subject}”",
    "levels mapped": "Said which levels “{subject}” pays",
    "redesign changed": "Changed the redesign “{subject}”: {what}",
    "audience changed": "Changed the audience or owners of the redesign “{subject}”: {what}",
    "redesign closed": "Closed the redesign “{subject}”: {what}",
    "redesign reopened": "Reopened the redesign “{subject}”",
    "document archived": "Archived “{subject}”",
    "document restored": "Restored “{subject}” from the archive",
    "version withdrawn": "Withdrew version {number} of “{subject}”",
    "comment hidden": "Hid a comment on “{subject}”",
    "comment shown": "Showed a hidden comment on “{subject}”",
    "token created": "Created the API token “{subject}”",
    "token revoked": "Revoked the API token “{subject}”",
}
"""Sentences by action. The values are words, names, days and counts, never pay."""


def sentence_of(action: str, subject: str, values: Mapping[str, object]) -> Message:
    """Return the sentence of an entry."""
    known = {name: str(value) for name, value in values.items()}
    return message(ACTIONS[action], **{"subject": subject, **known})
