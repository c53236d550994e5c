//! False alarms and power, by simulation.
