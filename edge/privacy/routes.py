"""Words of paths: those behind which a person is named, and those that name no person."""

_PEOPLE_WORDS = """
u user users patient patients customer customers member members account accounts profile
profiles employee employees student students teacher teachers client clients contact contacts
person persons people guest guests visitor visitors author authors subscriber subscribers
applicant applicants candidate candidates donor donors tenant tenants resident residents staff
doctor doctors nurse nurses citizen citizens
"""
PEOPLE = frozenset(_PEOPLE_WORDS.split())
"""A word behind one of these is a name unless it is a route."""

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
"""
ROUTES = frozenset(_ROUTES_WORDS.split())
