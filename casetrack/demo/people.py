"""The people and organisations who write to Rivemont: invented names, addresses that lead nowhere.

Telephone numbers come from the ranges kept for fiction (01 99 00, 06 39 98), e-mail addresses from
domains that belong to nobody (exemple.fr, .test).
"""

from random import Random

from casetrack.spelling import fold

LONGEST_NAME = "de Castelnau-Montredon de La Roche-Évremond et de Saint-Philbert-sur-Boissonneau"
"""Eighty characters: what a family name may weigh on an envelope."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split(","))


GIVEN_NAMES = {
    "Mme": _names(
        """
        Adèle, Aïcha, Anaïs, Awa, Bénédicte, Chloé, Dolorès, Elif, Fatoumata, Françoise, Ginette, Hanna,
        Inès, Jacqueline, Kadiatou, Laetitia, Leïla, Lucie, Maëlle, Mariama, Mei, Monique, Nadège,
        Oksana, Odile, Paulette, Rosa, Samira, Solène, Suzanne, Thérèse, Zoé
        """
    ),
    "M.": _names(
        """
        Adama, Ahmed, Alphonse, Andrzej, Antoine, Bruno, Cédric, Denis, Émile, Erwan, Gaël, Guillaume,
        Hamza, Hervé, Ibrahima, Jean-Loup, João, Karim, Kevin, Lionel, Marcel, Mathéo, Mehmet, Minh,
        Nicolas, Ousmane, Pascal, Rachid, Stéphane, Tanguy, Víctor, Yves
        """
    ),
}
FAMILY_NAMES = _names(
    """
    Adam, Almeida, Aubry, Balogun, Barreau, Belkacem, Benmoussa, Bertin, Boulanger, Bourdon, Camara,
    Carpentier, Castaldi, Chevallier, Cissé, Coulibaly, Da Costa, Delmas, Demir, Diakhaté, Dubreuil,
    Étienne, Faivre, Ferreira, Fontaine, Garnier, Gauthier, Goncalves, Guérin, Haddad, Hernández,
    Hoareau, Ivanova, Jacquet, Kaya, Keïta, Kervella, Klein, Kouassi, Lacombe, Le Bihan, Lebrun,
    Lefèvre, Legrand, L'Hostis, Maillard, Mansouri, Marchand, Mendy, Mercier, Meyer, Moreau, Ndiaye,
    Nguyễn, Nowak, Œuvrard, O'Connell, Ouali, Perrot, Petitjean, Picard, Popescu, Poulain, Rahmani,
    Ravel, Renard, Rivoire, Rossi, Sanchez, Schmitt, Sellier, Šimić, Tessier, Toumi, Tran, Traoré,
    Vasseur, Vidal, Weiss, Yıldız, Zerbib
    """
)
ORGANISATIONS = {
    "association": (
        "Association Les Petits Pas",
        "Club de boules des Tilleuls",
        "Collectif Rivemont à vélo",
        "École de cirque des Tilleuls",
        "Comité de quartier du Lavoir",
        "Les Jardins partagés de la Confluence",
        "Chorale Les Voix du Port",
        "Amicale des locataires des Bateliers",
        "Rivemont Athlétique Club",
        "Secours et partage 99",
        "Parents d'élèves de Jeanne-Barret",
        "Langues vivantes sans frontières",
    ),
    "company": (
        "Boulangerie Au Bon Levain",
        "Toitures Morel SARL",
        "Café du Marché",
        "Pharmacie des Arcades",
        "Garage Lantier",
        "Le Fil à coudre",
        "Restaurant Le Vieux Four",
        "Maraîchers du Val SCEA",
        "Librairie Quai numéro 1",
        "Électricité Dubosc SAS",
    ),
    "authority": (
        "Préfecture, bureau des collectivités",
        "Trésorerie de Valfleury",
        "Conseil départemental, direction des routes",
        "Conseil régional, direction des transports",
        "Agence régionale de santé",
        "Service départemental d'incendie et de secours",
        "Agglomération du Val de Rive",
        "Rectorat, division des écoles",
    ),
    "landlord": (
        "Copropriété Le Belvédère",
        "SCI Les Arcades",
        "Syndic Immobilière de la Rive",
        "Rive Habitat (bailleur social)",
    ),
}
STREETS = _names(
    """
    rue des Tanneurs, rue du Port, rue des Bateliers, rue des Lavandières, rue du Puits, rue Neuve,
    rue des Arcades, rue Pasteur, rue Victor-Hugo, rue des Remparts, rue des Forges, rue des Halles,
    rue du Lavoir, rue de la République, rue Louise-Michel, rue du Four-à-Chaux, avenue de la Gare,
    avenue de la Confluence, avenue des Marronniers, avenue Simone-Veil, boulevard des Écluses,
    boulevard du Nord, allée des Platanes, allée Joséphine-Baker, chemin des Vergers, chemin de
    Halage, impasse du Moulin, impasse des Cordiers, quai Saint-Jean, quai des Imprimeurs, montée
    des Vignes, passage du Cygne
    """
)
PLACES = (
    "place du Marché",
    "place des Tilleuls",
    "place Aimé-Césaire",
    "place de la Fontaine-aux-Ânes",
    "place de la Confluence",
)
SCHOOLS = (
    "l'école des Tilleuls",
    "l'école Jeanne-Barret",
    "l'école du Lavoir",
    "l'école Aimé-Césaire",
    "l'école des Bateliers",
    "l'école Germaine-Tillion",
)


def person(chance: Random, *, english: bool = False, family_name: str = "") -> dict[str, object]:
    """Invent somebody who lives in Rivemont, as `casetrack.correspondence.citizens` takes them."""
    civility = chance.choice(("Mme", "M."))
    given_name = chance.choice(GIVEN_NAMES[civility])
    family_name = family_name or chance.choice(FAMILY_NAMES)
    return {
        "kind": "person",
        "civility": civility,
        "given_name": given_name,
        "family_name": family_name,
        "email": email(f"{given_name}.{family_name}", chance) if chance.random() < 0.8 else "",
        "telephone": f"06 39 98 {chance.randrange(100):02} {chance.randrange(100):02}",
        "language": "en" if english else "fr",
        **address(chance),
    }


def organisation(chance: Random, kind: str) -> dict[str, object]:
    """Invent the letter head of an association, a company, an authority or a landlord."""
    name = chance.choice(ORGANISATIONS[kind])
    return {
        "kind": "organisation",
        "organisation": name,
        "email": f"contact@{local_part(name)[:40]}.test",
        "telephone": f"01 99 00 8{chance.randrange(10)} {chance.randrange(100):02}",
        **address(chance),
    }


def address(chance: Random) -> dict[str, object]:
    """Invent a postal address."""
    return {
        "street": f"{chance.randrange(1, 96)} {chance.choice(STREETS)}",
        "postcode": "99340",
        "town": "Rivemont",
    }


def email(name: str, chance: Random) -> str:
    """Make an e-mail address of a name: "lucie.marchand7@exemple.fr"."""
    return f"{local_part(name)[:40]}{chance.randrange(2, 1000)}@exemple.fr"


def local_part(name: str) -> str:
    """Write a name with what an address may hold."""
    plain = "".join(sign if sign.isalnum() or sign == "." else "-" for sign in fold(name))
    return "".join(sign for sign in plain if sign.isascii()).strip("-.")
