// Keeps "3 minutes ago" true while a page stays open, and tells the server the browser's time zone.
const STEPS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
// As the server writes them, in the language of the page.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function ago(moment, now) {
  const seconds = (moment - Date.now()) / 1000;
  const step = STEPS.find(([, length]) => Math.abs(seconds) >= length);
  if (!step) return now;
  const count = seconds / step[1];
  return words.format(count > 0 ? Math.round(count) : Math.ceil(count), step[0]);
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = ago(new Date(time.dateTime), time.dataset.ago);
  }
}

// What the server shows and asks for is in this time zone until the person chooses another one.
if (zone) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `time_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
for (const time of document.querySelectorAll("time[data-day]")) {
  time.textContent = day.format(new Date(time.dateTime));
}
refresh();
setInterval(refresh, 60_000);
