//! Figures by the rules of other tools, under their names, for teams that move.
//!
//! They are reproduced with what is odd about them; our own methods bear other names.

mod arrays;
pub mod evidently;
pub mod nannyml;
