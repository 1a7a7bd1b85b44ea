### یک اجرا در کنار طرح: چه باری گذاشته شد، چه دیده شد و چه پیش‌بینی شده بود.

## عددها

unit-steps = { $number } گام
reading = { $value } ({ $spread })
reading-alone = { $value } (بدون بازه)
reading-absent = خوانده نشد
error-over = { $size } بیشتر
error-under = { $size } کمتر
error-none = تعریف‌نشده
error-unusable = گام نامعتبر

## آنچه اجرا شد

run-title = اجرای بار { $name }
preface-measured = گام‌های اجرای { $name } اندازه‌گیری شده‌اند و در پایان این گزارش، در کنار پیش‌بینی‌شان، آمده‌اند. هنوز چیزی کالیبره نشده است: هیچ عددی از این طرح به خاطر آن‌ها تغییر نکرده است.
measured-title = اندازه‌گیری: گام‌های اجرا
run-what = اجرای { $name } روی { $url }، آغازشده در { $date } ساعت { $time }، با capplan نسخهٔ { $version }.
status-finished = این اجرا تا پایان انجام شده است.
status-running = پایان این اجرا ثبت نشده است: یا هنوز ادامه دارد یا پردازهٔ آن کشته شده است. آنچه در این‌جا آمده همان است که تا آن لحظه تمام شده بود.
status-interrupted = این اجرا قطع شده است: آنچه در این‌جا آمده تنها بخشی از چیزی است که باید اجرا می‌شد.
status-target-down = این اجرا زودتر پایان یافت، چون سامانهٔ هدف دیگر پاسخ نمی‌داد: آنچه در این‌جا آمده تنها بخشی از چیزی است که باید اجرا می‌شد.
status-failed = این اجرا زودتر پایان یافت، چون خود اندازه‌گیری شکست خورد: آنچه در این‌جا آمده تنها بخشی از چیزی است که باید اجرا می‌شد.
status-reason = علت به گفتهٔ برنامه: «{ $reason }»
run-partial = گام‌های دارای نتیجه: { $done } از { $planned } برنامه‌ریزی‌شده.
run-valid = گام‌های قابل استفاده: { $valid } از { $done }.
search-for = جست‌وجو: بزرگ‌ترین باری که با آن { $percentile } درخواست‌ها در کمتر از { $time } پاسخ بگیرند.
search-rate = بزرگ‌ترین بار یافته‌شده: { $rate } (باز).
search-users = بزرگ‌ترین بار یافته‌شده: { $users } (بسته)، برابر { $rate }.
search-missed = کوچک‌ترین بار یافته‌شده که به هدف نرسید: { $load }.
search-found = فاصلهٔ این دو حداکثر ۵٪ یا یک کاربر است.
search-at-cap = سناریو آزمودن بیش از این را اجازه نمی‌دهد؛ مرز واقعی بالاتر است.
search-never = حتی کوچک‌ترین بار مجاز هم به هدف نرسید.
search-unknown = جست‌وجو بی‌پاسخ پایان یافت: یکی از بارها در دو نوبت پیاپی به اندازه‌گیری معتبر نرسید.
search-out-of-steps = شمار گام‌های جست‌وجو پیش از آنکه فاصلهٔ این دو به ۵٪ برسد تمام شد.
search-unended = جست‌وجو هنوز به پایان نرسیده است.
run-machine = ماشین: { $machine }.
run-servers = سرورها، آن‌گونه که خودشان با پروتکل خود پاسخ دادند: { $servers }.
run-generator = مولد بار: { $processes } روی همین ماشین؛ seed برابر { $seed }.
run-frozen = پیش‌بینی پیش از نخستین درخواست ثابت شده است؛ آغاز SHA-256 آن: { $digest }.
run-clock = ساعت سیستم نسبت به ساعت یکنوا { $moved } جابه‌جا شد؛ هیچ زمانی با ساعت سیستم سنجیده نشده است.
mode-closed = بسته: تعداد کاربران ثابت است و هر کاربر منتظر پاسخ می‌ماند و پیش از درخواست بعدی مکث می‌کند. پاسخ کند نرخ درخواست‌ها را پایین می‌آورد.
mode-open = باز: درخواست‌ها، هرقدر هم که پاسخ‌ها کند باشند، در لحظه‌های تصادفی (Poisson) و با نرخ معین می‌رسند. زمان پاسخ از لحظه‌ای شمرده می‌شود که درخواست باید فرستاده می‌شد، تا هیچ کندی از قلم نیفتد.

## گام‌ها

steps-intro = مبنای همهٔ عددهای این جدول: اندازه‌گیری‌شده. بازه‌ها ۹۵٪ و از میانگین‌های دسته‌ای (batch means) در پنجرهٔ اندازه‌گیری‌اند. زمان‌های پاسخ از آنِ درخواست‌های موفق است.
screen-steps = اندازه‌گیری‌شده. در این‌جا فقط بازهٔ ۹۵٪ گذردهی آمده است؛ بقیهٔ بازه‌ها در گزارش کامل است.
column-step = گام
column-asked = آنچه خواسته شد
column-throughput = گذردهی
column-short-mean = میانگین
column-p50 = صدک ۵۰
column-p95 = صدک ۹۵
column-p99 = صدک ۹۹
column-percentiles = صدک‌های ۵۰، ۹۵ و ۹۹
percentiles = { $p50 }، { $p95 } و { $p99 }
column-errors = درخواست‌های ناموفق
column-usable = قابل استفاده
column-short-usable = معتبر
column-short-errors = ناموفق
asked-idle = بی‌بار: چیزی فرستاده نمی‌شود
asked-burst = بسته: { $users } بدون مکث
asked-users = بسته: { $users }، مکث { $think }
asked-users-as-written = بسته: { $users }، مکث به همان صورت که در locustfile آمده است
asked-rate = باز: { $rate }
asked-only = { $asked }، فقط { $task }
asked-backup = { $asked }، هم‌زمان با پشتیبان‌گیری
asked-profile = { $asked } (نقطهٔ خود پروفایل)
errors-none = هیچ‌کدام از { $total }
errors-some = از { $total }: { $kinds }
errors-short = { $failed } از { $total }
errors-kind = { $count } بار { $kind }
outcome-client-error = خطای درخواست (کدهای ۴۰۰ تا ۴۹۹)
outcome-too-many = کد ۴۲۹
outcome-server-error = خطای سرور (کد ۵۰۰ به بالا)
outcome-connection = خطای اتصال
outcome-timeout = پایان مهلت
outcome-foreign = بیرون از هدف
outcome-failed = رد شده در بررسی خود سناریو
step-valid = بله
step-not-valid = خیر
step-invalid = خیر: { $reasons }
note-uncorrected = { $step }: صدک ۹۵ از لحظهٔ مقرر { $intended } است؛ اگر مانند مولدی که منتظر پاسخ می‌ماند از لحظهٔ ارسال شمرده شود، { $sent } خوانده می‌شود.
note-think = { $step }: میانگین مکث دیده‌شده { $think }.
note-rising = { $step }: زمان پاسخ در طول پنجره { $drift } بالا رفت.
note-falling = { $step }: زمان پاسخ در طول پنجره { $drift } پایین آمد.
note-drain = { $step }: پس از پایان بار، خالی شدن صف کارها { $time } طول کشید.
note-growth = { $step }: دادهٔ ذخیره‌شدهٔ { $what } به اندازهٔ { $grown } رشد کرد.

## سرویس‌ها

services-title = اندازه‌گیری: پردازنده و حافظهٔ هر سرویس
services-intro = مبنای همهٔ عددهای این جدول: اندازه‌گیری‌شده. زمان پردازنده بازهٔ ۹۵٪ دارد؛ حافظه با میانه و کمترین و بیشترین مقدار خوانده‌شده آمده است. PSS هر صفحهٔ مشترک را میان همهٔ پردازه‌ها یک بار می‌شمارد؛ حافظهٔ ناشناس یا مشترک را نمی‌توان آزاد کرد.
column-service = سرویس
column-cpu = CPU
column-busiest = پرکارترین پردازه
column-cpu-request = CPU هر درخواست
column-pss = حافظه (PSS)
column-need-memory = بخش ناشناس یا مشترک آن
column-memory = حافظه
column-writes = نوشتن روی دیسک
service-throttled = { $step }: سقف CPU، سرویس { $service } را در { $share } از دوره‌ها متوقف کرد (throttling).
service-killed = { $step }: کرنل { $count ->
    [1] یک پردازه
   *[other] { NUMBER($count) } پردازه
} از { $service } را به علت کمبود حافظه بست (OOM).
service-restarted = { $step }: سرویس { $service }، { $count ->
    [1] یک بار
   *[other] { NUMBER($count) } بار
} از نو راه‌اندازی شد.
absent-intro = آنچه خوانده نشد، و علت آن:
absent = { $statistic } در { $services }: { $reason }
screen-absent = { $count ->
    [1] یک آمار خوانده نشد؛ گزارش می‌گوید کدام و چرا.
   *[other] { NUMBER($count) } آمار خوانده نشد؛ گزارش می‌گوید کدام و چرا.
}

## پیش‌بینی در کنار اندازه‌گیری

compared-title = پیش‌بینی در کنار اندازه‌گیری
compared-uncalibrated = هنوز چیزی کالیبره نشده است: هر پیش‌بینی فقط از پروفایل و فرض‌های آن به دست آمده است.
compared-meaning = هر خطا حاصل فرض‌ها و مدل با هم است و هیچ ستونی این دو را از هم جدا نمی‌کند. خطای بزرگ دور از انتظار نیست و به‌تنهایی دلیلی برای اعتماد به هیچ‌یک یا اصلاح آن نیست.
compared-source = پیش‌بینی از { $profile } روی { $cores } (مبنا: محاسبه‌شده)، ثابت‌شده پیش از نخستین درخواست.
compared-intervals = پیش‌بینی‌ها با میانه و بازهٔ ۵ تا ۹۵ درصد حالت‌ها آمده‌اند؛ اندازه‌گیری‌ها (مبنا: اندازه‌گیری‌شده) با بازهٔ ۹۵٪، و حافظه با کمترین و بیشترین مقدار خوانده‌شده. خطا یعنی تفاضل پیش‌بینی و اندازه‌گیری، تقسیم بر اندازه‌گیری. برای گام نامعتبر خطایی نیامده است.
compared-nothing = پروفایلی داده نشده بود، پس چیزی پیش‌بینی نشد؛ چیزی هم کالیبره نشده است.
compared-without = { $step }: { $reason }.
unpredicted-saturated-in-some-worlds = به گفتهٔ مدل، ماشین در برخی حالت‌ها اشباع می‌شود؛ در آن حالت‌ها زمان پاسخ کرانی ندارد
unpredicted-saturated = به گفتهٔ مدل، ماشین اشباع می‌شود؛ در این حال زمان پاسخ کرانی ندارد و پیش‌بینی نشده است
unpredicted-no-think-time = پیش‌بینی ندارد، چون نه گام و نه پروفایل مکث کاربر را می‌گوید
unpredicted-no-such-class = پیش‌بینی ندارد، چون پروفایل دستهٔ درخواستی به این نام ندارد
column-measure = سنجه
column-predicted = پیش‌بینی
column-predicted-error = پیش‌بینی (خطا)
predicted-error = { $predicted } ({ $error })
column-measured = اندازه‌گیری
column-error = خطای پیش‌بینی
column-inside = اندازه‌گیری درون بازهٔ پیش‌بینی است
inside-yes = بله
inside-no = خیر
measure-throughput = گذردهی
measure-mean = میانگین زمان پاسخ
measure-p50 = صدک ۵۰
measure-p95 = صدک ۹۵
measure-utilization = میزان استفاده از پردازنده
measure-cpu = پردازندهٔ
measure-memory = حافظهٔ
measure-of = { $measure } { $subject }
repeats-none = هیچ گامی چند تکرار معتبر ندارد؛ پس نوفهٔ اندازه‌گیری بیش از آنچه بازه‌ها می‌گویند معلوم نیست.
repeats-intro = تکرارهای یک گام در زمان‌های مختلف اجرا: کمترین و بیشترین برآورد. خطایی کوچک‌تر از این فاصله معنایی ندارد.
column-repeats = تکرارهای معتبر

## اعتبار

validity-title = اندازه‌گیری: اعتبار و وضعیت ماشین
gates-intro = گامی که یکی از شرط‌های اعتبار را برآورده نکند نگه داشته می‌شود، ولی هرگز به کار نمی‌رود.
gates-all-passed = همهٔ گام‌ها همهٔ شرط‌ها را برآورده کردند.
gates-unread = در برخی گام‌ها یا همهٔ آن‌ها این شرط‌ها بررسی نشد، چون چیزی خوانده نشده بود، و برآورده‌شده به شمار آمد: { $gates }.
gate-failed = { $step }: { $gate }: مقدار { $found }، حد { $limit }.
gate-of = { $gate } ({ $subject })
step-ended-early = { $step } زودتر پایان یافت: { $reason }.
aborted-target-down = سامانهٔ هدف دیگر پاسخ نمی‌داد
aborted-interrupted = قطع شد
aborted-lost = مولد بار یا نمونه‌بردار از دست رفت
aborted-no-backup = پشتیبان‌گیری‌ای که باید هم‌زمان اجرا می‌شد شکست خورد
aborted-rate-cap = نرخ به سقف سناریو رسید
gate-little = قانون لیتل، N = X (Z + R)
gate-achieved = نسبت درخواست‌های فرستاده‌شده به درخواست‌های مقرر
gate-counted = اختلاف درخواست‌های ثبت‌شده و شمرده‌شده
gate-errors = درخواست‌های ناموفق
gate-generator = پرکارترین پردازهٔ مولد بار
gate-loop-lag = تأخیر حلقهٔ رویداد مولد بار
gate-throttled = دوره‌های توقف به علت سقف CPU
gate-drained = زمان تا خالی شدن صف کارها
gate-sampler-gap = فاصلهٔ دو نمونه
gate-foreign = زمان بیگانهٔ پردازنده
gate-speed-drift = تغییر سرعت پردازنده
gate-steal = زمان پردازنده‌ای که هایپروایزر به دیگران داد (steal)
gate-oom = پردازه‌های بسته‌شده به علت کمبود حافظه
gate-restart = راه‌اندازی دوباره
gate-drift = رانش زمان پاسخ
gate-steady = پیدا نشدن بخش پایدار در نیمهٔ نخست
gate-too-few = کم بودن درخواست‌ها
host-intro = ماشین در هر پنجره چه کرد (اندازه‌گیری‌شده). زمان بیگانه زمانی از پردازنده است که چیزی بیرون از این اجرا مصرف کرده است. سرعت پردازنده با زمان یک کار ثابت که پیوسته تکرار می‌شود سنجیده شده است: میانه با صدک‌های ۵ و ۹۵.
host-busy = { $busy } از { $cores }
column-busy = مشغول
column-foreign = بیگانه
column-steal = زمان ربوده‌شده (steal)
column-iowait = انتظار دیسک
column-generator = پرکارترین پردازهٔ مولد
column-lag = تأخیر حلقهٔ رویداد آن (صدک ۹۹)
column-sampler = نمونه‌بردار
column-speed = زمان کار ثابت
