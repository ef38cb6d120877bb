"""The whole system in one table: read it from top to bottom and you go with a sentence.

    supervisor ──▶ ingest ◀─────┐  text, files and turns of talk become sound
                     │ speech   │  20 ms: 16 kHz for the features, 48 kHz for the ear; the
                     │          │  latter also straight to egress (sound), which needs it
                     │          │  where a face does not come in time
                     ▼          │
                   features     │  a sliding window over the sound
                     │ feature  │  40 ms from here on: one tick, with its sound
                     ▼          │
                   inference    │  one batch over all sessions
                     │ face     │
                     ▼          │
                   compositor   │  the session's clock; face into picture
                     │ picture  │
                     ▼          │ mic   20 ms at 16 kHz: what the person says
                   egress ──────┘  WebRTC, files

Each arrow between two actors is a single-producer single-consumer ring per session. The
supervisor reads the table; nobody else needs it.
"""

from typing import Final

from runtime.actor_row import ActorRow, ActorTable, Restart

TABLE: Final[ActorTable] = (
    ActorRow(
        name="ingest",
        target="actors.ingest.actor:Ingest",
        reads=("mic",),
        writes=("speech", "sound"),
        shared="voice",
        separate="ingest",
        many=False,
        restart=Restart(),
        keeps=True,
        nice=10,
    ),
    ActorRow(
        name="features",
        target="actors.features.actor:Features",
        reads=("speech",),
        writes=("feature",),
        shared="face",
        separate="features",
        many=False,
        restart=Restart(),
        keeps=True,
    ),
    ActorRow(
        name="inference",
        target="actors.inference.actor:Inference",
        reads=("feature",),
        writes=("face",),
        shared="face",
        separate="inference",
        many=False,
        restart=Restart(),
        keeps=True,
    ),
    ActorRow(
        name="compositor",
        target="actors.compositor.actor:Compositor",
        reads=("face",),
        writes=("picture",),
        shared="face",
        separate="compositor",
        many=False,
        restart=Restart(),
        keeps=True,
    ),
    ActorRow(
        name="egress",
        target="actors.egress.actor:Egress",
        reads=("picture", "sound"),
        writes=("mic",),
        shared="egress",
        separate="egress",
        many=True,
        restart=Restart(),
        keeps=False,
    ),
)
