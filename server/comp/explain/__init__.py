"""The exact engine: pays one rep deal by deal with exact fractions and records the reasons."""
