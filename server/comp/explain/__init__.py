"""The exact engine: pays one person deal by deal with fractions and records why."""
