### شبکهٔ صف حل‌شده.

network-title = شبکهٔ { $name }
network-exact = { $method }: دقیق، تا گرد کردن.
network-approximate = { $method }: تقریبی؛ خطای برآوردی میانگین زمان پاسخ { $error } است.
network-simulated = { $method }: شبیه‌سازی‌شده؛ نیم‌پهنای پهن‌ترین بازهٔ ۹۵ درصدی میانگین زمان پاسخ { $error } است.
network-interval = بازهٔ ۹۵ درصدی
network-error = خطای برآوردی
network-interval-of = { $name }، بازهٔ ۹۵ درصدی
network-percentiles-title = صدک‌های زمان پاسخ
network-stations-title = ایستگاه‌ها
network-pools-title = استخرها
network-notes-title = این پاسخ چگونه انتخاب شد
network-passed-over = کنار گذاشته شد: { $reason }
network-no-percentiles = بدون صدک: { $reason }
column-method = روش
column-p90 = صدک ۹۰
column-lost = رد شده
column-station = ایستگاه
column-busy-servers = سرورهای مشغول
column-busy-share = بهره‌وری
column-queue-length = درخواست‌های آنجا
column-pool = استخر
column-busy-members = در دست
column-mean-wait = انتظار برای آن
station-delay = هرگز صف ندارد
