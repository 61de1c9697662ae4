"""The deals a rep is paid for, the plans they may be paid under, and the anonymised deals of peers."""
