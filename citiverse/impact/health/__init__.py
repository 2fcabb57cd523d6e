"""From noise and air to illness: response functions and what they make of a city."""
