### یافته‌ها: برای هر کد یک پیام.

## مانع‌های سرور دوم؛ صورت -short مانع را درون یک جمله نام می‌برد.

obstacle-local-media = فایل‌های مدیا روی دیسک محلی‌اند: آن‌ها را به فضای ذخیره‌سازی شیء (Object Storage) یا فایل‌سیستم مشترک ببرید.
obstacle-local-media-short = مدیا روی دیسک محلی
obstacle-single-beat = تنها یک زمان‌بند هست ({ $container }): اگر دو زمان‌بند باشد، هر کار دوره‌ای دو بار اجرا می‌شود.
obstacle-single-beat-short = تنها یک زمان‌بند
obstacle-database-on-host = پایگاه دادهٔ { $container } روی همین میزبان است: نخست آن را به میزبانی جداگانه ببرید.
obstacle-database-on-host-short = پایگاه داده روی همین میزبان
obstacle-store-on-host = انبارهٔ { $container } (صف پیام، کش و channel layer) روی همین میزبان است: همهٔ سرورها باید به آن دسترسی داشته باشند.
obstacle-store-on-host-short = انبارهٔ Redis روی همین میزبان
obstacle-memory-channel-layer = channel layer در حافظهٔ پردازه است و پیام را به پردازه‌های دیگر نمی‌رساند: از Redis استفاده کنید.
obstacle-memory-channel-layer-short = channel layer در حافظهٔ پردازه
obstacle-no-channel-layer = WebSocket بدون channel layer فقط به کاربران همان پردازه می‌رسد.
obstacle-no-channel-layer-short = نبود channel layer

## تناقض‌های درون پروفایل

dashboard-unreachable = داشبورد روی پورت { $port } گوش می‌دهد، اما فقط { $ports } باز است: چگونه به آن می‌رسید؟ از تونل SSH استفاده کنید یا آن را پشت Nginx بگذارید.
data-port-published = پورت { $port } از { $container } منتشر شده است؛ پورت‌های منتشرشدهٔ Docker فایروال ufw را دور می‌زنند، پس داده‌ها رو به شبکه باز است.
container-exceeds-limit = { $container } به { $need } نیاز دارد ولی سقف آن { $limit } است: سیستم آن را می‌بندد.
connections-exceed-maximum = ورکرها روی هم { $held } باز نگه می‌دارند، ولی { $container } حداکثر { $most } می‌پذیرد.
buffers-exceed-container = مقدار shared_buffers در { $container } برابر { $buffers } است، یعنی بیش از نیمی از { $room } حافظهٔ این کانتینر: برای کل میزبان تنظیم شده است.
backups-on-host = نسخه‌های پشتیبان روی همان ماشینی می‌مانند که قرار است از آن محافظت کنند.
recovery-point-before-backup = داده‌ها حداکثر به اندازهٔ { $promised } ممکن است از دست بروند، ولی فاصلهٔ پشتیبان‌گیری‌ها { $interval } است و WAL بایگانی نمی‌شود.
recovery-slower-than-promised = سرویس باید ظرف { $promised } برگردد، اما انتقال نسخهٔ پشتیبان به سرور، بازیابی و بررسی آن در افق برنامه‌ریزی حدود { $takes } زمان می‌برد.
channel-layer-per-process = channel layer در حافظهٔ پردازه است، ولی { $processes } وجود دارد: هر پیام فقط به یکی از آن‌ها می‌رسد.
objective-below-service-time = دستهٔ { $request_class } حتی بدون هیچ درخواست دیگری به‌طور میانگین { $alone } طول می‌کشد و با قانون نمایی به‌کاررفته در این‌جا { $share } آن‌ها تا { $slow }: هیچ سروری به هدف { $objective } نمی‌رسد.
logs-without-rotation = لاگ‌ها چرخش (rotation) ندارند: مدت نگه‌داری آن‌ها تضمین نمی‌شود و آن‌قدر رشد می‌کنند تا دیسک پر شود.
gives-way-today = { $resource } همین امروز در { $factor } ترافیک کم می‌آورد، حتی روی سرور پیشنهادی؛ جز برای پردازنده، سرور بزرگ‌تر آن را درست نمی‌کند.

## تناقض‌های پیشنهاد

proposal-memory-below-own-floor = حداقل { $floor } حافظه می‌خواهد، ولی سرور { $server } را با { $has } پیشنهاد می‌کند.
proposal-disk-below-own-floor = حداقل { $floor } دیسک می‌خواهد، ولی سرور { $server } را با { $has } پیشنهاد می‌کند.
proposal-cores-below-own-floor = حداقل { $floor } می‌خواهد، ولی سرور { $server } را با { $has } پیشنهاد می‌کند.
proposal-services-memory-elsewhere = حافظهٔ همهٔ سرویس‌ها را روی هم { $claimed } برآورد می‌کند؛ جمع بیشینهٔ کانتینرهای آن‌ها { $together } است ({ $least } تا { $most }).
proposal-disk-kind-varies = چند نوع دیسک نام برده است: { $kinds }.
proposal-no-free-reserve = پس از رشدی که خود پیش‌بینی کرده است، { $full } از { $disk } دیسک پر می‌شود ({ $occupied } از { $usable } قابل استفاده)؛ حد مجاز { $limit } است.
proposal-managed-yet-more-memory = { $server } سرویس‌های { $services } را از میزبان بیرون می‌برد، ولی حافظهٔ آن از { $before } به { $after } افزایش می‌یابد.
proposal-balancer-one-database = Load Balancer را دسترس‌پذیری بالا می‌نامد، ولی { $container } تنها پایگاه داده است.
proposal-not-ready-for-servers = سرویس را برای افزودن سرور آماده می‌داند، ولی این مانع‌ها هست: { $obstacles }.
proposal-tier-not-dominating = { $server } دست‌کم در یک منبع از { $below }، یعنی سطح پایین‌تر خود، کمتر دارد.

## آنچه نمی‌دانیم

unknown-nothing-measured = هیچ عددی روی این سامانه اندازه‌گیری نشده است: هیچ آزمون باری این طرح را نسنجیده و خطای آن معلوم نیست.
unknown-nothing-calibrated = هیچ عددی کالیبره نشده است: یک اجرای بار در کنار این طرح آمده، ولی هیچ عددی از آن در طرح به کار نرفته و خطای طرح در بارهای دیگر معلوم نیست.
unknown-processor-time = زمان پردازندهٔ هر درخواست در { $containers } فرض شده است؛ یک آزمون بار ده‌دقیقه‌ای جای نامطمئن‌ترین فرض را می‌گیرد.
unknown-waits = انتظارهایی که زمان پردازنده نیستند (فراخوانی سرویس‌های دیگر، کوئری‌های کند) ذکر نشده‌اند و صفر گرفته شده‌اند.
unknown-traffic-growth = رشد ترافیک ذکر نشده است؛ به جای آن یک عرف برنامه‌ریزی به کار رفته است.
unknown-request-mix = همهٔ درخواست‌ها یک دسته گرفته شده‌اند؛ چند درخواست کند صدک‌ها را تغییر می‌دهد.
unknown-response-law = صدک‌ها یک درخواست را در میان درخواست‌هایی که می‌آیند و می‌روند دنبال می‌کنند و زمان هر تکه از کار آن را نمایی می‌گیرند؛ این را چیزی اندازه نگرفته است. در برابر ۲۰ شبکه از چنین کارهایی که دقیق حل شده‌اند، صدک ۹۵ بین ۵٪ کمتر و ۲٪ بیشتر از مقدار درست بود و در بیشتر آن‌ها کمتر از ۱٪ خطا داشت.
unknown-interpreter-lock = نخ‌های یک پردازهٔ Python در هر لحظه فقط از یک هسته استفاده می‌کنند؛ این طرح آن را فقط به صورت سقف به حساب می‌آورد، نه انتظار.
unknown-throttling = سقف CPU کانتینرها به صورت سقف به حساب آمده است؛ مکث‌های ناشی از آن به حساب نیامده است.
unknown-prices = قیمت‌ها معلوم نیستند؛ کوچک‌ترین سرور همیشه ارزان‌ترین نیست.
unknown-jobs = کارهای پس‌زمینه اعلام نشده‌اند: این‌که چند درخواست کاری در صف می‌گذارد و هر کار چقدر پردازنده می‌خواهد، فرض شده است.
