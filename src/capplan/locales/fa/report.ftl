### گزارش و صفحهٔ نخست. عددها متن آماده‌اند؛ شمارشی که صورت جمع را تعیین می‌کند عدد است و با NUMBER نوشته می‌شود.

## عبارت‌های مشترک

figure = { $value } ({ $spread }؛ { $basis })
figure-exact = { $value } ({ $basis })
basis-measured = اندازه‌گیری‌شده
basis-fitted = برازش‌شده
basis-derived = محاسبه‌شده
basis-assumed = فرضی
basis-simulated = شبیه‌سازی‌شده
how-measured = یک بار اندازه‌گیری‌شده
how-read = از متن مرجع
how-recalled = شناخته‌شده، مرجع باز نشده
how-policy = تصمیم
tier-minimum = حداقل
tier-recommended = پیشنهادی
tier-optimal = بهینه
resource-cpu = CPU
resource-memory = حافظه
resource-disk = دیسک
resource-all = همه با هم
raw-need = { $cores }، { $memory } حافظه، { $disk } دیسک
server-named = { $name } ({ $server })
objective = { $share } درخواست‌ها زیر { $time }
total = مجموع
part-container = کانتینر { $name }
part-deploy = یک استقرار، قدیم و جدید در کنار هم
part-system = سیستم‌عامل و Docker
part-monitoring = پایش
part-websockets = اتصال‌های باز WebSocket
part-images = ایمیج‌های کانتینر
part-database = پایگاه داده با فضای هدررفته (bloat)
part-media = فایل‌های مدیا
part-logs = لاگ‌ها
part-wal = لاگ تراکنش (WAL)
part-dumps = نسخه‌های dump روی همین ماشین
part-metrics = پایگاه دادهٔ متریک‌ها
assumption-key = { $key }
finding = [{ $severity }] { $code }: { $text }
severity-info = نکته
severity-warning = هشدار
severity-error = تناقض
until-beyond = بیش از پنج سال
until-from = نه زودتر از { $earliest }، شاید بیش از پنج سال
until-date = { $date }
until-resource = { $when } ({ $resource })
until-range = { $earliest } تا { $latest }
breaks-nothing = تا هزار برابر ترافیک امروز، هیچ رشدی این سرور را از پا نمی‌اندازد.
breaks-far = { $what }: تقریباً هیچ‌وقت
breaks-from = { $what } در { $mid } ترافیک امروز، در زودترین حالت { $low }
breaks-at-exactly = { $what } در { $mid } ترافیک امروز
breaks-at = { $what } در { $mid } ترافیک امروز ({ $spread })
break-cpu = پردازنده
break-workers = ورکرهای { $subject }
break-process = پردازه‌های { $subject }
break-jobs = صف کارهای { $subject }
break-memory = حافظه
break-iops = عملیات دیسک
break-network = پورت شبکه
break-connections = اتصال‌های { $subject }
objective-missed = در سرور پیشنهادی، { $request_class } فقط در { $met } از حالت‌ها به هدف خود ({ $objective }) می‌رسد.
workers-wanted = با { $workers } همهٔ هدف‌های دست‌یافتنی برآورده می‌شوند؛ حافظهٔ آن‌ها را هم در نظر بگیرید.
cores-help = افزودن vCPU کمک می‌کند.
cores-do-not-help = افزودن vCPU کمکی نمی‌کند: گلوگاه پردازنده نیست.

## ستون‌ها

column-item = مورد
column-value = مقدار
column-tier = سطح
column-raw-need = نیاز خام
column-server = سرور
column-utilization = میزان استفاده از CPU در ساعت اوج
column-class = دستهٔ درخواست
column-mean = میانگین زمان پاسخ
column-percentile = زمان پاسخ در صدک هدف
column-objective = هدف
column-met = برقرار در
column-need-interval = بازهٔ نیاز در همهٔ حالت‌ها
column-part = بخش
column-key = کلید
column-kind = نوع
column-container = کانتینر
column-role = نقش
column-peak = اوج حافظه
column-memory-limit = سقف حافظه
column-cpu-limit = سقف CPU
column-resource = منبع
column-fits-now = کفایت امروز
column-fits-horizon = کفایت در افق برنامه‌ریزی
column-fits = کفایت
column-until = کافی تا
column-breaks = اولین گلوگاه
column-when = زمان
column-metric = شاخص
column-threshold = آستانه
column-action = اقدام
column-assumption = فرض
column-how = چگونگی
column-since = از تاریخ
column-source = مرجع
column-number = عدد
column-formula = روش محاسبه

## عنوان و پیش‌گفتار

report-title = تعیین اندازهٔ سرور برای { $service }
preface-title = دربارهٔ این گزارش
preface-source = این گزارش را capplan نسخهٔ { $version } از { $profile } و بر پایهٔ وضعیت { $date } محاسبه کرده است.
preface-intervals = هر عدد با بازه و مبنای خود آمده است. بازهٔ عددهای داده‌شده و فرضی همان کران‌های آن‌هاست؛ بازهٔ عددهای محاسبه‌شده از صدک ۵ تا صدک ۹۵ در ۲۵۶ حالت ثابت است که در هر کدام از هر ورودی نامطمئن یک مقدار برداشته شده است.
preface-not-measured = هنوز هیچ عددی روی سامانهٔ شما اندازه‌گیری نشده است.

## ۱ تا ۳

project-title = ۱. نوع پروژه
project-kind = یک Backend وب با { $containers } که با هم اجرا می‌شوند.
project-shared-database = همه از یک پایگاه داده استفاده می‌کنند و با هم مستقر می‌شوند: یک سرویس چندبخشی است، نه چند میکروسرویس مستقل.
project-databases = داده‌هایش را در { $databases } نگه می‌دارد.
project-basis = این نتیجه از کانتینرهای پروفایل و نقش آن‌ها به دست آمده است.
technology-title = ۲. زبان‌ها و فریم‌ورک‌ها
technology-languages = زبان‌ها
technology-services = سرویس‌ها
technology-libraries = کتابخانه‌ها
technology-containers = کانتینرها
technology-container = { $name } ({ $role })
technology-unsaid = در پروفایل نیامده است
traffic-title = ۳. ترافیک مورد انتظار
traffic-rate = درخواست‌ها در ساعت اوج: { $rate }.
traffic-users = کاربران هم‌زمان: { $users }.
traffic-think = مکث کاربر میان پاسخ و درخواست بعدی (think time): { $think }؛ تعداد کاربران، نرخ درخواست و زمان مکث با قانون لیتل به هم وابسته‌اند: N = X (Z + R).
traffic-open = کاربران منتظر یکدیگر نمی‌مانند: سیستم باز است.
traffic-growth = ترافیک در افق برنامه‌ریزی نسبت به امروز: { $growth }.
traffic-class = رده: { $name }؛ بر اساس میزان استفاده از CPU سرور پیشنهادی در ساعت اوج، بدون کارهای مقطعی: { $utilization }.
class-very-low = بسیار کم
class-low = کم
class-moderate = متوسط
class-high = زیاد

## ۴ تا ۶

cpu-title = ۴. پردازنده (CPU)
cpu-answer = حداقل { $minimum }؛ پیشنهادی { $recommended }.
cpu-busy = میانگین هستهٔ مشغول در افق برنامه‌ریزی: { $busy }.
cpu-bursts = کارهای مقطعی پس‌زمینه که ممکن است در ساعت اوج اجرا شوند و هر کدام یک هسته را مشغول کنند: { $bursts }.
cpu-rule = تعداد هسته‌ها کمترین تعدادی است که با آن همهٔ هدف‌های زمان پاسخ برآورده می‌شوند و میزان استفاده از CPU، با احتساب کارهای مقطعی، زیر حد مجاز می‌ماند.
cpu-first = اولین گلوگاه سرور پیشنهادی: { $what }.
memory-title = ۵. حافظه (RAM)
memory-answer = حداقل { $minimum }؛ پیشنهادی { $recommended }.
memory-rule = این کمینهٔ ضروری حافظه است: با کمتر از آن ممکن است سیستم‌عامل پردازه‌ای را ببندد (OOM). اوج مصرف کانتینرها بدون page cache، یک استقرار، سیستم و پایش در آن به حساب آمده است؛ یک‌دهم آن آزاد می‌ماند و سهمی که کرنل از حافظهٔ فروخته‌شده برمی‌دارد به آن افزوده می‌شود.
memory-parts = حافظهٔ مقیم در افق برنامه‌ریزی، به تفکیک. هر سطر میانه و بازهٔ خود را دارد و جمع آن‌ها با هم برابر نیست؛ در هر حالتِ تکی برابر است (بخش «محاسبه‌ها»):
memory-hot = دادهٔ داغ پایگاه داده: { $hot }. با حافظهٔ پیشنهادی، { $missed } از خواندن‌های آن از دیسک است؛ بهای آن زمان پاسخ است، نه بسته شدن پردازه.
disk-title = ۶. ذخیره‌سازی
disk-answer = حداقل { $minimum }؛ پیشنهادی { $recommended }، از نوع { $kind }.
disk-rule = یک‌پنجم فایل‌سیستم آزاد می‌ماند و سهم خود فایل‌سیستم هم افزوده می‌شود.
disk-parts = فضای دیسک در افق برنامه‌ریزی، به تفکیک. هر سطر میانه و بازهٔ خود را دارد و جمع آن‌ها با هم برابر نیست؛ در هر حالتِ تکی برابر است (بخش «محاسبه‌ها»):
disk-kind = عملیات دیسک در ساعت اوج: { $iops }، در برابر { $ssd } برای یک SSD معمولی؛ commitها چنین دیسکی را { $share } از زمان مشغول نگه می‌دارند.

## ۷ تا ۹

gpu-title = ۷. نیاز به GPU
gpu-no = نیازی نیست: هیچ‌یک از کتابخانه‌های نام‌برده ({ $libraries }) روی GPU محاسبه نمی‌کند.
gpu-maybe = { $libraries } می‌تواند روی GPU محاسبه کند. پروفایل نمی‌گوید که در سرویس شما چنین است یا نه؛ پیش از اجارهٔ GPU اندازه‌گیری کنید.
gpu-unsaid = در پروفایل چیزی که روی GPU محاسبه کند نیامده است؛ نام کتابخانه‌ها هم در آن نیست.
balancer-title = ۸. Load Balancer و تعداد سرورها
balancer-capacity = از نظر ظرفیت: { $servers }؛ برای آن به Load Balancer نیازی نیست.
balancer-no-objective = از نظر دسترس‌پذیری: هدفی تعیین نشده است. یک سرور حدود { $single } از زمان در دسترس است؛ اگر همین بس باشد، پشتیبان‌گیریِ آزموده‌شده کافی است.
balancer-one-enough = از نظر دسترس‌پذیری: یک سرور که حدود { $single } از زمان در دسترس است، هدف { $objective } را برآورده می‌کند.
balancer-several = از نظر دسترس‌پذیری: هدف { $objective } به { $servers } نیاز دارد که هر کدام حدود { $single } از زمان در دسترس باشد، همراه با Load Balancer و پایگاه دادهٔ دوم.
balancer-not-alone = گذاشتن Load Balancer جلوی یک پایگاه داده دسترس‌پذیری بالا نیست: پایگاه داده به‌تنهایی از کار می‌افتد.
scaling-title = ۹. راهبرد مقیاس‌پذیری
scaling-vertical = نخست مقیاس‌پذیری عمودی. سطح بهینه، { $server }، دو برابر رشد مورد انتظار را تاب می‌آورد.
scaling-breaks = گلوگاه‌های آن سرور، به ترتیب:
scaling-obstacles = پیش از آنکه سرور دوم در کنار سرور اول کار کند (مقیاس‌پذیری افقی):
scaling-ready = در پروفایل چیزی نیست که برنامه را به یک سرور وابسته کند.

## ۱۰

operations-title = ۱۰. امنیت و عملیات
operations-ports = پورت‌های باز: { $ports }؛ بقیه را ببندید. پورت‌هایی که Docker منتشر می‌کند ufw را دور می‌زنند: پایگاه داده و انبارهٔ Redis را فقط روی 127.0.0.1 باز کنید یا پورت آن‌ها را منتشر نکنید.
operations-basics = این‌جا بررسی نشده ولی لازم است: TLS روی پورت ۴۴۳، ورود SSH فقط با کلید، نصب خودکار به‌روزرسانی‌های امنیتی، و نگه‌داری رازها بیرون از ایمیج‌ها.
backups-off-site = پشتیبان‌گیری بیرون از سرور: { $volume } در افق برنامه‌ریزی؛ یک نسخهٔ کامل و تغییرهای روزهای نگه‌داری.
backups-local = نسخه‌های پشتیبان روی همین سرور می‌مانند و با آن از دست می‌روند؛ نگه‌داری آن‌ها بیرون از سرور در افق برنامه‌ریزی { $volume } فضا می‌خواهد: یک نسخهٔ کامل و تغییرهای روزهای نگه‌داری.
backups-window = هر پشتیبان‌گیری { $window } طول می‌کشد.
backups-point = بیشترین دادهٔ ازدست‌رفته در یک حادثه (RPO): { $point }.
backups-time = زمان بازگشت پس از حادثه (RTO): { $time }، تا وقتی خود آن را نیازموده‌اید.
monitoring-none = پروفایل پایش (monitoring) ندارد؛ آستانه‌های زیر به آن نیاز دارند.
monitoring-cost = پایش ({ $tools }) به { $memory } حافظه، { $disk } دیسک و { $cores } پردازنده نیاز دارد؛ در همهٔ سطح‌ها به حساب آمده است.
alerts-intro = آستانه‌های هشدار سرور پیشنهادی، آن‌قدر زود که زمان تدارک باقی بماند:
alert-cpu = میزان استفاده از CPU در ساعت اوج، بدون کارهای مقطعی: { $threshold } ({ $key }).
alert-memory = حافظهٔ در حال استفاده، بدون page cache: { $threshold } ({ $key }).
alert-disk = میزان پر بودن فایل‌سیستم: { $threshold } ({ $key }).
alert-response-time = زمان پاسخ در صدک هدف: { $threshold } ({ $key }).
alert-jobs = سهم زمانی که ورکرهای پس‌زمینه مشغول‌اند: { $threshold } ({ $key }).
limits-rule = سقف هر کانتینر روی سرور پیشنهادی؛ سقف حافظه برابر اوجی است که ۹۵٪ حالت‌ها از آن نمی‌گذرند، تقسیم بر نُه‌دهم، در گام‌های ۱۶ مبی‌بایتی:

## ۱۱

servers-title = ۱۱. سرورها
servers-policy = هر سطح از نیاز خام خود آغاز می‌کند و کوچک‌ترین سروری را از یک فهرست عمومی برمی‌دارد که آن نیاز را برآورده کند. قیمت‌ها در این‌جا معلوم نیستند.
tier-headline = { $tier }: نیاز { $need }؛ سرور { $server }، کافی در { $fits } از حالت‌ها.
tier-meaning = هسته و حافظه و دیسک، هر کدام جداگانه، برای { $months } رشد مورد انتظار در { $share } از حالت‌ها بس است؛ همه با هم و با اندازه‌های فروشی، در سهمی که بالا آمده است.
tier-smaller = { $server } کافی نیست: { $resource } { $has } است و { $need } لازم است؛ کافی در { $fits } از حالت‌ها.
tier-breaks = اولین گلوگاه: { $what }.
holding = { $resource } کافی است تا: { $when }.
placement = اگر { $services } را ارائه‌دهنده اداره کند، میزبان سطح بهینه به { $need } نیاز دارد: { $host }؛ خود آن سرویس‌ها { $memory } حافظه و { $disk } دیسک می‌خواهند.
placement-when = این گزینه را فقط زمانی ترجیح دهید که قیمت‌ها را در دست دارید یا هدفی برای دسترس‌پذیری یا بازیابی آن را ایجاب می‌کند.
servers-asked = سرورهایی که پرسیده‌اید
summary-title = جدول خلاصه
summary-project = یک Backend وب با { $containers }
summary-pair = حداقل { $minimum }، پیشنهادی { $recommended }
summary-gpu-no = خیر
summary-gpu-maybe = شاید: اندازه‌گیری کنید
summary-servers = { $servers }
summary-scaling = { $obstacles ->
    [0] نخست عمودی؛ مانعی بر سر راه سرورهای بیشتر نیست
    [1] نخست عمودی؛ یک مانع پیش از سرورهای بیشتر
   *[other] نخست عمودی؛ { NUMBER($obstacles) } مانع پیش از سرورهای بیشتر
}
summary-operations = فایروال، پشتیبان‌گیری بیرون از سرور، پایش با آستانهٔ هشدار

## رشد، تناقض‌ها، پیشنهادها، محاسبه‌ها، فرض‌ها

actions-title = رشد: چه کاری و چه زمانی
actions-intro = روی { $server }؛ تاریخ‌ها به اندازهٔ زمان تدارک پیش از پر شدن هر منبع‌اند.
actions-none = تا پنج سال آینده کاری لازم نمی‌شود.
action-cpu = vCPU بیشتر بگیرید.
action-memory = حافظهٔ بیشتر بگیرید یا از تعداد پردازه‌ها بکاهید.
action-disk = دیسک را بزرگ‌تر کنید یا مدیا را به فضای ذخیره‌سازی شیء (Object Storage) ببرید.
action-workers = تعداد ورکرهای { $subject } و حافظهٔ لازم برای آن‌ها را افزایش دهید؛ نخ‌های یک پردازه همچنان به نوبت کار می‌کنند.
action-process = پردازه‌های بیشتری از { $subject } اجرا کنید یا آن را تقسیم کنید.
action-jobs = تعداد ورکرهای پس‌زمینهٔ { $subject } را افزایش دهید.
action-iops = دیسک سریع‌تر یا برای دادهٔ داغ حافظهٔ بیشتر بگیرید.
action-network = پورت شبکهٔ بزرگ‌تری بگیرید یا مدیا را از جای دیگری ارائه کنید.
action-connections = مقدار worker_connections را در { $subject } افزایش دهید.
metric-cpu = میزان استفاده از CPU
metric-memory = حافظهٔ در حال استفاده
metric-disk = میزان پر بودن دیسک
metric-requests = درخواست در ثانیه در ساعت اوج
contradictions-title = تناقض‌های پروفایل
contradictions-none = تناقضی پیدا نشد.
proposals-title = سرورهای پیشنهادشده
proposals-intro = این سرورها فقط در همین بخش ارزیابی شده‌اند و در جای دیگری به کار نرفته‌اند: { $source }.
proposals-findings = جاهایی که پیشنهاد با خود یا با پروفایل تناقض دارد:
derivations-title = محاسبه‌ها
derivations-intro = هر نیاز سطح پیشنهادی، در همان حالتی از ۲۵۶ حالت که آن را تعیین می‌کند: در آن حالت هر فرمول را می‌توان با دست حساب کرد.
derivation-of = { $key }، در حالتی که نیاز این سطح را تعیین می‌کند.
derivation-memory = { $decimal } برابر { $binary } است؛ حافظه با این واحد فروخته می‌شود.
assumptions-title = فرض‌های به‌کاررفته
assumptions-intro = { $count ->
    [1] یک فرض در این طرح به کار رفته است. برای جایگزینی، عدد خود را در پروفایل بنویسید.
   *[other] { NUMBER($count) } فرض در این طرح به کار رفته است. برای جایگزینی، عددهای خود را در پروفایل بنویسید.
}
unknown-title = آنچه نمی‌دانیم

## صفحهٔ نخست و توضیح عددها

screen-cores-help = در سرور پیشنهادی، افزودن vCPU اولین گلوگاه را جابه‌جا می‌کند.
screen-cores-do-not-help = در سرور پیشنهادی، افزودن vCPU اولین گلوگاه را جابه‌جا نمی‌کند.
screen-title = { $service }، وضعیت { $date }
influences-title = اثرگذارترین فرض‌ها
influence = { $key } = { $value }: { $share } از پراکندگی { $resource }
explain-title = { $key }
explain-value-one-world = در یکی از حالت‌های طرح: { $value }
explain-value-simulated = مقدار، با بازهٔ ۹۵ درصدی که تصادف برای آن باقی می‌گذارد: { $value }
explain-value = در میان حالت‌ها، میانه و بازهٔ ۵ تا ۹۵ درصد: { $value }
explain-formula = فرمول: { $formula }
explain-source = مرجع: { $source }
basis-stated = اعلام‌شده
tier-meaning-more = هسته و حافظه و دیسک، هر کدام جداگانه، برای { $months } با { $multiplier } ترافیک و رشد مورد انتظار در { $share } از حالت‌ها بس است؛ همه با هم و با اندازه‌های فروشی، در سهمی که بالا آمده است.
cpu-percentiles = خطای خود مدل در این صدک‌ها نیامده است: بخش «آنچه نمی‌دانیم» را ببینید.
until-title = سرور پیشنهادی تا کی کافی است
fits-title = سهم حالت‌هایی که سرور پیشنهادی در آن‌ها کافی است

## آنچه شبیه‌سازی نشان می‌دهد

simulated-title = آنچه شبیه‌سازی نشان می‌دهد
simulated-not = شبیه‌سازی نشده است: با گزینهٔ { $option } شبیه‌سازی سرور پیشنهادی کنار این عددها می‌آید.
simulated-intro = مقدار شبیه‌سازی‌شده در کنار مقدار محاسبه‌شده، روی سرور سطح «{ $tier }»: { $events }. برای هر کانتینری که به درخواست‌ها پاسخ می‌دهد، از ۲۵۶ حالت دو حالت آزموده شده است: حالت میانی که زمان پاسخش در صدک هدف میانهٔ همهٔ حالت‌هاست، و حالت نامساعد که از { $share } حالت‌ها بدتر است.
simulated-meaning = هر دو از یک شبکهٔ صف‌اند؛ پس این خطا خطای خود محاسبه است، با بازهٔ ۹۵ درصدی که تصادف برای آن باقی می‌گذارد. آنچه شبکهٔ صف از سرویس واقعی کنار گذاشته، در آن نیست.
simulated-drifting = { $container }، حالت { $world }: وقتی رویدادهای شبیه‌سازی تمام شد هنوز پایدار نشده بود؛ عددهایش ممکن است هنوز جابه‌جا شوند.
simulated-none = { $container }، حالت { $world }: شبیه‌سازی نشد؛ حالت پایدار ندارد، خیلی کند به آن می‌رسد، یا دسته‌ای چنان کمیاب دارد که دیده نمی‌شود.
simulated-rare = { $container }، حالت { $world }: از { $classes } آن‌قدر کم دیده شد که نمی‌توان زمانش را گفت.
simulated-mean = میانگین
simulated-percentile = { $share } در این زمان
simulated-value = { $value } ({ $spread })
simulated-error = { $mid } (از { $low } تا { $high })
world-central = میانی
world-unfavorable = نامساعد
column-world = حالت
column-computed = محاسبه‌شده
column-simulated = شبیه‌سازی‌شده (بازهٔ ۹۵٪)
column-computed-error = خطای محاسبه
