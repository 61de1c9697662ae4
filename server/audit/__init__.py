"""The audit log: who changed which setting, person, plan or text, and when; rows are only ever added."""
