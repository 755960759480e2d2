"""Everything specific to German: where sentences end, how numbers and dates are written, how words sound."""
