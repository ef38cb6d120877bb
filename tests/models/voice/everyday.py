"""Everyday sentences in twelve languages, written for these tests: 204 of them, 17 a language."""

from typing import Final

SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "Good morning, how can I help you?", "The bill comes to 25 euros.", "Thank you very much.",
        "Your parcel arrives tomorrow.", "Please take a seat.", "No problem at all.",
        "We open at nine.", "Do you have an appointment?", "The train to London leaves in an hour.",
        "I am sorry to hear that.", "Could you say that again?", "It is raining today.",
        "You can pay by card.", "The office is on the second floor.", "See you on Monday.",
        "What is your name?", "That sounds great.",
    ),
    "de": (
        "Guten Morgen, wie kann ich Ihnen helfen?", "Die Rechnung beträgt 25 Euro.", "Vielen Dank.",
        "Ihr Paket kommt morgen an.", "Bitte nehmen Sie Platz.", "Kein Problem.",
        "Wir öffnen um neun.", "Haben Sie einen Termin?",
        "Der Zug nach Berlin fährt in einer Stunde.", "Das tut mir leid.",
        "Können Sie das wiederholen?", "Heute regnet es.", "Sie können mit Karte zahlen.",
        "Das Büro ist im zweiten Stock.", "Bis Montag.", "Wie heißen Sie?", "Das klingt gut.",
    ),
    "fr": (
        "Bonjour, comment puis-je vous aider ?", "La facture est de 25 euros.",
        "Merci beaucoup.", "Votre colis arrive demain.", "Asseyez-vous, je vous prie.",
        "Pas de problème.", "Nous ouvrons à neuf heures.", "Avez-vous rendez-vous ?",
        "Le train pour Lyon part dans une heure.", "Je suis désolé.", "Pouvez-vous répéter ?",
        "Il pleut aujourd'hui.", "Vous pouvez payer par carte.",
        "Le bureau est au deuxième étage.", "À lundi.", "Comment vous appelez-vous ?",
        "C'est une bonne idée.",
    ),
    "es": (
        "Buenos días, ¿en qué puedo ayudarle?", "La factura es de 25 euros.", "Muchas gracias.",
        "Su paquete llega mañana.", "Tome asiento, por favor.", "No hay problema.",
        "Abrimos a las nueve.", "¿Tiene usted cita?", "El tren a Sevilla sale en una hora.",
        "Lo siento mucho.", "¿Puede repetirlo?", "Hoy llueve.", "Puede pagar con tarjeta.",
        "La oficina está en el segundo piso.", "Hasta el lunes.", "¿Cómo se llama?",
        "Me parece bien.",
    ),
    "it": (
        "Buongiorno, come posso aiutarla?", "Il conto è di 25 euro.", "Grazie mille.",
        "Il suo pacco arriva domani.", "Si accomodi, prego.", "Nessun problema.",
        "Apriamo alle nove.", "Ha un appuntamento?", "Il treno per Milano parte tra un'ora.",
        "Mi dispiace molto.", "Può ripetere?", "Oggi piove.", "Può pagare con la carta.",
        "L'ufficio è al secondo piano.", "A lunedì.", "Come si chiama?",
        "Mi sembra una buona idea.",
    ),
    "pt": (
        "Bom dia, em que posso ajudar?", "A conta é de 25 euros.", "Muito obrigado.",
        "A sua encomenda chega amanhã.", "Sente-se, por favor.", "Não há problema.",
        "Abrimos às nove.", "Tem hora marcada?", "O comboio para Lisboa parte dentro de uma hora.",
        "Lamento muito.", "Pode repetir?", "Hoje está a chover.", "Pode pagar com cartão.",
        "O escritório fica no segundo andar.", "Até segunda-feira.", "Como se chama?",
        "Parece-me bem.",
    ),
    "nl": (
        "Goedemorgen, hoe kan ik u helpen?", "De rekening is 25 euro.", "Hartelijk dank.",
        "Uw pakket komt morgen aan.", "Neemt u plaats.", "Geen probleem.",
        "Wij openen om negen uur.",
        "Heeft u een afspraak?", "De trein naar Utrecht vertrekt over een uur.",
        "Dat spijt me.", "Kunt u dat herhalen?", "Het regent vandaag.",
        "U kunt met de kaart betalen.",
        "Het kantoor is op de tweede verdieping.", "Tot maandag.", "Hoe heet u?",
        "Dat klinkt goed.",
    ),
    "pl": (
        "Dzień dobry, w czym mogę pomóc?", "Rachunek wynosi 25 euro.", "Dziękuję bardzo.",
        "Państwa paczka dotrze jutro.", "Proszę usiąść.", "Nie ma problemu.",
        "Otwieramy o dziewiątej.", "Czy ma pan wizytę?", "Pociąg do Krakowa odjeżdża za godzinę.",
        "Bardzo mi przykro.", "Czy może pan powtórzyć?", "Dziś pada deszcz.",
        "Można płacić kartą.", "Biuro jest na drugim piętrze.", "Do poniedziałku.",
        "Jak się pani nazywa?", "To dobry pomysł.",
    ),
    "sv": (
        "God morgon, hur kan jag hjälpa dig?", "Notan är på 25 euro.", "Tack så mycket.",
        "Ditt paket kommer i morgon.", "Varsågod och sitt.", "Inga problem.",
        "Vi öppnar klockan nio.",
        "Har du en bokad tid?", "Tåget till Göteborg går om en timme.", "Jag är ledsen.",
        "Kan du säga det igen?", "Det regnar i dag.", "Du kan betala med kort.",
        "Kontoret ligger på andra våningen.", "Vi ses på måndag.", "Vad heter du?",
        "Det låter bra.",
    ),
    "tr": (
        "Günaydın, size nasıl yardımcı olabilirim?", "Hesap 25 avro tutuyor.",
        "Çok teşekkür ederim.", "Paketiniz yarın geliyor.", "Lütfen oturun.", "Sorun değil.",
        "Saat dokuzda açıyoruz.", "Randevunuz var mı?", "Ankara treni bir saat sonra kalkıyor.",
        "Çok üzgünüm.", "Tekrar eder misiniz?", "Bugün yağmur yağıyor.", "Kartla ödeyebilirsiniz.",
        "Ofis ikinci katta.", "Pazartesi görüşürüz.", "Adınız ne?", "Kulağa hoş geliyor.",
    ),
    "cs": (
        "Dobré ráno, jak vám mohu pomoci?", "Účet činí 25 eur.", "Děkuji mnohokrát.",
        "Váš balík dorazí zítra.", "Posaďte se, prosím.", "Žádný problém.", "Otevíráme v devět.",
        "Máte domluvenou schůzku?", "Vlak do Prahy odjíždí za hodinu.", "To je mi líto.",
        "Můžete to zopakovat?", "Dnes prší.", "Můžete platit kartou.",
        "Kancelář je ve druhém patře.", "Na shledanou v pondělí.", "Jak se jmenujete?",
        "To zní dobře.",
    ),
    "fi": (
        "Hyvää huomenta, miten voin auttaa?", "Lasku on 25 euroa.", "Kiitos paljon.",
        "Pakettinne saapuu huomenna.", "Istukaa, olkaa hyvä.", "Ei hätää.", "Avaamme yhdeksältä.",
        "Onko teillä aika varattuna?", "Juna Tampereelle lähtee tunnin päästä.", "Olen pahoillani.",
        "Voitteko toistaa sen?", "Tänään sataa.", "Voitte maksaa kortilla.",
        "Toimisto on toisessa kerroksessa.", "Nähdään maanantaina.", "Mikä teidän nimenne on?",
        "Kuulostaa hyvältä.",
    ),
}  # fmt: skip


def texts(count: int) -> list[tuple[str, str]]:
    """(language, text) for every run of so many sentences that follow each other."""
    return [
        (language, " ".join(sentences[at : at + count]))
        for language, sentences in SENTENCES.items()
        for at in range(len(sentences) - count + 1)
    ]
