"""Small files to fill in, one for each type: a head that is recognized, and example rows."""

from collections.abc import Mapping

TEMPLATE_FILES: Mapping[str, str] = {
    "people": """\
name,email,role,title,level,manager,region,since,started,left
Dana Kim,dana.kim@example.com,rep,Account executive,Associate 1,Ana Paz,West,2026-01-01,2024-03-01,
Ana Paz,ana.paz@example.com,manager,Sales manager,,,West,,2020-01-15,
""",
    "customers": """\
customer,sector,country
Acme,Manufacturing,United States
Globex,Energy,Germany
""",
    "products": """\
product,series,list price
Harbor,Core,12000
Beacon,Add-on,3500
""",
    "deals": """\
deal id,customer,product,rep,stage,signed,amount,currency,term months
D-1001,Acme,Harbor,Dana Kim,won,2026-02-11,48000,USD,12
D-1002,Globex,Beacon,Dana Kim,open,,9000,USD,12
""",
    "usage": """\
customer,event,date,count
Acme,message,2026-03-01,140
Acme,device,2026-03-02,1
""",
    "events": """\
deal id,aha date,go live,rating,rating date,churn date
D-1001,2026-04-02,2026-03-01,5,2026-05-12,
""",
    "payments": """\
deal id,paid on,payment
D-1001,2026-03-11,24000
D-1001,2026-09-11,24000
""",
    "quotas": """\
person,from,until,quota,reason
Dana Kim,2026-01,2026-06,300000,Ramp
Dana Kim,2026-07,2026-12,400000,
""",
    "results": """\
person,month,result,value
Dana Kim,2026-03,NRR,1.04
Dana Kim,2026-06,NRR,1.08
""",
    "balances": """\
person,owed
Dana Kim,1500
""",
    "corrections": """\
person,day,amount,reason
Dana Kim,2026-05-31,-250,Credit memo that was paid twice
""",
}
