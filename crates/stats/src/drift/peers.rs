//! Figures by the rules of other tools, under their names, for teams that move.
