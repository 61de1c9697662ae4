"""The deals a person is paid for, the plans on offer, and anonymised peers."""
