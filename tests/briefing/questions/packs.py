"""Two small packs of different subjects, with and without watch terms, dates and themes."""

from datetime import date

from bot.domain.commitment import Commitment, Pack, Summit, Watch


def _summit(
    summit_id: str, name: str, day: date | None, parties: tuple[str, ...], *commitments: Commitment
) -> Summit:
    return Summit(id=summit_id, name=name, date=day, parties=parties, commitments=commitments)


PENINSULA = Pack(
    summits=(
        _summit(
            "panmunjom-2018",
            "Panmunjom Declaration",
            date(2018, 4, 27),
            ("North Korea", "South Korea"),
            Commitment(
                id="family-reunions",
                title="Reunions of separated families",
                text="Relatives parted by the war meet again, in person or by video link.",
                summit_id="panmunjom-2018",
                theme="humanitarian",
                watch=Watch(any=("video letters", "Red Cross")),
            ),
            Commitment(
                id="border-links",
                title="Railways, roads and a liaison office",
                text="Both sides reconnect railways and open a liaison office in Kaesong.",
                summit_id="panmunjom-2018",
                watch=Watch(any=("Kaesong", "liaison office")),
            ),
        ),
        _summit(
            "singapore-2018",
            "Singapore joint statement",
            date(2018, 6, 12),
            ("United States", "North Korea"),
            Commitment(
                id="denuclearization",
                title="Complete denuclearization",
                text="No nuclear or missile tests; warheads and fissile material are removed.",
                summit_id="singapore-2018",
            ),
            Commitment(
                id="peace-regime",
                title="Lasting peace regime",
                text="An end-of-war declaration and a peace treaty replace the armistice.",
                summit_id="singapore-2018",
            ),
            Commitment(
                id="remains",
                title="Recovery of war dead",
                text="The remains of soldiers missing in action are found and returned.",
                summit_id="singapore-2018",
                theme="humanitarian",
                watch=Watch(any=("POW/MIA", "dog tags")),
            ),
            Commitment(
                id="exercises",
                title="Halt to joint military exercises",
                text="Large war games of the allies are suspended while talks go on.",
                summit_id="singapore-2018",
            ),
            Commitment(
                id="engine-test-site",
                title="Closing the missile engine test site",
                text="The engine test site at Sohae is destroyed with experts looking on.",
                summit_id="singapore-2018",
            ),
        ),
        _summit(
            "pyongyang-2018",
            "Pyongyang Joint Declaration",
            date(2018, 9, 19),
            ("North Korea", "South Korea"),
            Commitment(
                id="yongbyon",
                title="Giving up the Yongbyon nuclear plants",
                text="The Yongbyon reactors are dismantled against corresponding measures.",
                summit_id="pyongyang-2018",
            ),
        ),
        _summit("hanoi-2019", "Hanoi summit agenda", date(2019, 2, 27), ()),
    )
)

CLIMATE = Pack(
    summits=(
        _summit(
            "cop26",
            "COP26 Glasgow",
            date(2021, 11, 13),
            (),
            Commitment(
                id="coal-phase-down",
                title="Phase-down of unabated coal power",
                text="Parties speed up the end of unabated coal power and inefficient subsidies.",
                summit_id="cop26",
            ),
            Commitment(
                id="methane",
                title="Global Methane Pledge",
                text="Methane emissions fall by 30 percent by 2030, from leaks, farms and waste.",
                summit_id="cop26",
            ),
            Commitment(
                id="forests",
                title="Ending deforestation",
                text="Forest loss and land degradation are halted and reversed by 2030.",
                summit_id="cop26",
            ),
        ),
        _summit(
            "cop27",
            "COP27 Sharm el-Sheikh",
            date(2022, 11, 20),
            (),
            Commitment(
                id="loss-and-damage",
                title="Loss and damage fund",
                text="A fund pays vulnerable states for losses from climate disasters.",
                summit_id="cop27",
            ),
            Commitment(
                id="adaptation-finance",
                title="Doubling adaptation finance",
                text="Rich countries double the money for adaptation in poorer ones.",
                summit_id="cop27",
            ),
            Commitment(
                id="climate-finance",
                title="The 100 billion climate finance goal",
                text="Rich countries raise 100 billion dollars a year.",
                summit_id="cop27",
            ),
        ),
    )
)

SOURCES = ("Yonhap News Agency", "BBC News, Asia", "The Diplomat", "Carbon Brief", "38 North")
