
mod simulation;
