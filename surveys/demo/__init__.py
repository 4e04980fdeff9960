"""A plausible, clearly synthetic ward to show, to try and to measure the portal with.

``families`` invents households and the people in them, ``schooling`` and ``adults`` what
each of them studies and has finished, ``seeding`` writes it all. Rates and levels are never
written here: they come out of the draw, person by person.
"""

#: Stands in the note of every invented person: nobody may take them for a real one, and
#: only people so marked are ever deleted again.
DEMO_MARK = "Dữ liệu minh họa"
