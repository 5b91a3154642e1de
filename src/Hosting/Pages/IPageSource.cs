namespace Blindsight.Hosting.Pages;

/// <summary>A file of the web page.</summary>
public sealed record PageFile(string ContentType, byte[] Content);

/// <summary>Where a server takes the web page for clients from.</summary>
public interface IPageSource
{
    /// <param name="path">Below /page/, "index.html" for the root.</param>
    /// <returns>Null where there is no such file.</returns>
    PageFile? Find(string path);
}
