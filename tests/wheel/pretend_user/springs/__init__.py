"""A package of somebody who has never heard of gradloom: the energy of a chain of springs."""

from springs.chain import energy as energy
