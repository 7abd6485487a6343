"""Runs the stages: on one machine with APScheduler and asyncio, on a virtual clock for replay."""
