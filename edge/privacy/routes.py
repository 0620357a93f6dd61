"""
Words of paths: those behind which a person is named or a secret stands, and those that do neither.

An account is listed in English alone: elsewhere its pages are more than their words say.
"""

_PEOPLE_WORDS = """
u user users patient patients customer customers member members account accounts profile
profiles employee employees student students teacher teachers client clients contact contacts
person persons people guest guests visitor visitors author authors subscriber subscribers
applicant applicants candidate candidates donor donors tenant tenants resident residents staff
doctor doctors nurse nurses citizen citizens team
kunde kunden nutzer benutzer mitglied mitglieder mitarbeiter patienten schüler lehrer gäste autoren
personen utilisateur utilisateurs membre membres employés étudiants élèves auteurs personnes
usuario usuarios cliente clientes miembro miembros paciente pacientes empleados alumnos personas
autores utente utenti clienti membri pazienti dipendenti persone autori usuário usuários
utilizador utilizadores membro membros funcionários alunos pessoas gebruiker gebruikers klant
klanten leden patiënten medewerkers profil profils profile perfil perfiles perfis profilo profili
profiel profielen
"""
_CONFIRMING_WORDS = """
reset verify confirm magic invite invites invitation invitations activate activation unsubscribe
token reset-password password-reset verify-email email-verification confirm-email magic-link
"""
CONFIRMING = frozenset(_CONFIRMING_WORDS.split())
BEHIND = dict.fromkeys(CONFIRMING, "[token]") | dict.fromkeys(_PEOPLE_WORDS.split(), "[id]")
"""Word → what a word behind it is, unless that is a route."""
CONFIRMED = frozenset({"email", "mail", "password"})
"""Words that may stand between the two: /verify/email/…"""

_ROUTES_WORDS = """
about accept account accounts active activate activity add address addresses admin all api app
apply archive archived avatar back bank basket billing bookings browse bulk calendar cancel
cart change chart charts chat check checkout clone close compare confirm contact contacts copy
count create current dashboard data deactivate default delete detail details devices disable
discover documents download downloads draft drafts edit email enable error export exports
failed faq favorites feed feedback files filter find finish followers following forgot form
forms friends groups health help history home import inbox index info insights invite invites
invoices items join language last latest leave list lists location login logout logs mail
manage map me media members menu merge message messages my names new news next notes
notifications offers open options orders overview page pages password passwords pay payment
payments pending people permissions phone photo photos plan plans posts preferences preview
previous print privacy private profile profiles public purchases records recent recover
register registration remove reports request requests reservations reset restore results
return returns reviews roles save saved search security self send sessions settings setup
share show sign-in sign-out sign-up signin signout signup sort start statistics stats status
step steps store submit subscribe subscription subscriptions success summary support tags
tasks team teams terms test thanks tickets today tokens top trash unsubscribe update upgrade
upload uploads user users validate verify view views visits welcome wishlist wizard
app booking code device done filters link newsletter newsletters order phone-number purchase
receipt resend sms thank-you
careers culture design engineering finance hr jobs legal marketing operations product sales
neu bearbeiten löschen suche liste ich einstellungen bestellungen rechnungen passwort hilfe
anmelden abmelden registrieren willkommen übersicht danke nouveau nouvelle modifier supprimer
recherche moi paramètres parametres commandes factures aide connexion inscription bienvenue merci
nuevo nueva editar eliminar buscar lista yo ajustes pedidos facturas ayuda acceder registro
bienvenido gracias nuovo nuova modifica elimina cerca io impostazioni ordini fatture aiuto accedi
registrati benvenuto grazie novo nova configurações configuracoes ajuda entrar cadastro obrigado
nieuw nieuwe bewerken verwijderen zoeken lijst ik instellingen bestellingen facturen wachtwoord
inloggen registreren welkom bedankt profil perfil profilo profiel
"""
ROUTES = frozenset(_ROUTES_WORDS.split())
