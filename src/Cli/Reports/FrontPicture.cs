using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Blindsight.Training.Activations;

namespace Blindsight.Cli.Reports;

/// <summary>
/// Accuracy against latency as an SVG picture: every point of a planning run, the front as a line, the chosen point filled. By hand, because no chart
/// library is within reach of an offline build.
/// </summary>
internal static class FrontPicture
{
    private const double Width = 640, Height = 400, Left = 64, Right = 24, Top = 40, Bottom = 56;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static byte[] Draw(string title, PlanningResult result)
    {
        Axis x = Axis.Of([.. result.Points.Select(point => point.Seconds)], Left, Width - Right);
        Axis y = Axis.Of([.. result.Points.Select(point => 100 * point.Accuracy)], Height - Bottom, Top);
        XElement picture = new(Svg + "svg", At("viewBox", $"0 0 {Width} {Height}"), At("font-family", "sans-serif"), At("font-size", 12),
            new XElement(Svg + "rect", At("width", Width), At("height", Height), At("fill", "white")),
            Text(Width / 2, 20, title, "middle"), Text(Width / 2, Height - 12, "predicted seconds an inference, offline and online", "middle"),
            new XElement(Svg + "text", At("transform", $"translate(16 {Number(Height / 2)}) rotate(-90)"), At("text-anchor", "middle"),
                "validation accuracy, %"));
        foreach (double tick in x.Ticks)
        {
            picture.Add(Line(x.Place(tick), Top, x.Place(tick), Height - Bottom, "#ddd"));
            picture.Add(Text(x.Place(tick), Height - Bottom + 18, tick.ToString("0.####", CultureInfo.InvariantCulture), "middle"));
        }
        foreach (double tick in y.Ticks)
        {
            picture.Add(Line(Left, y.Place(tick), Width - Right, y.Place(tick), "#ddd"));
            picture.Add(Text(Left - 6, y.Place(tick) + 4, tick.ToString("0.##", CultureInfo.InvariantCulture), "end"));
        }
        picture.Add(new XElement(Svg + "polyline", At("fill", "none"), At("stroke", "#06c"), At("points",
            string.Join(' ', result.Front().Select(point => $"{Number(x.Place(point.Seconds))},{Number(y.Place(100 * point.Accuracy))}")))));
        foreach (PlanningPoint point in result.Points)
        {
            double px = x.Place(point.Seconds), py = y.Place(100 * point.Accuracy);
            picture.Add(new XElement(Svg + "circle", At("cx", px), At("cy", py), At("r", 5), At("stroke", "#06c"),
                At("fill", point == result.Chosen ? "#06c" : "white"),
                new XElement(Svg + "title", $"{point.Name}: {Number(point.Seconds)} s, {100 * point.Accuracy:0.00} %, {100 * point.Replaced:0} % replaced")));
            bool left = px > Width / 2;
            picture.Add(Text(left ? px - 8 : px + 8, point == result.Chosen ? py + 16 : py - 6, point.Name, left ? "end" : "start"));
        }
        return Encoding.UTF8.GetBytes(picture.ToString());
    }

    private static XElement Line(double x1, double y1, double x2, double y2, string colour) =>
        new(Svg + "line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), At("stroke", colour));

    private static XElement Text(double x, double y, string text, string anchor) =>
        new(Svg + "text", At("x", x), At("y", y), At("text-anchor", anchor), text);

    private static XAttribute At(string name, object value) => new(name, value is double number ? Number(number) : value);

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A linear axis whose ticks are round numbers.</summary>
    private sealed record Axis(double Low, double High, double From, double To, double[] Ticks)
    {
        public static Axis Of(double[] values, double from, double to)
        {
            double low = values.Min(), high = values.Max(), span = Math.Max(high - low, 1e-3 * Math.Max(Math.Abs(high), 1));
            double power = Math.Pow(10, Math.Floor(Math.Log10(span / 4)));
            double step = new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(size => span / size <= 6);
            double first = Math.Floor(low / step) * step;
            int count = (int)Math.Ceiling((high - first) / step);
            return new(first, first + count * step, from, to, [.. Enumerable.Range(0, count + 1).Select(i => first + i * step)]);
        }

        public double Place(double value) => From + (value - Low) / Math.Max(1e-12, High - Low) * (To - From);
    }
}
