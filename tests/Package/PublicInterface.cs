using System.Reflection;

namespace Blindsight.Package;

/// <summary>Every public type of an assembly and every member that others can see, as lines of text in a fixed order.</summary>
internal static class PublicInterface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static IEnumerable<string> Of(Assembly assembly)
    {
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            Type[] bases = [.. new[] { type.BaseType }.OfType<Type>().Where(parent => parent != typeof(object) && parent != typeof(ValueType)),
                .. type.GetInterfaces().Where(one => one.Namespace != "System" || one == typeof(IDisposable) || one == typeof(IAsyncDisposable))];
            string parents = string.Join(", ", bases.Select(Name).Order(StringComparer.Ordinal));
            yield return $"{Kind(type)} {type.FullName}{(parents.Length > 0 ? " : " : "")}{parents}";
            foreach (string member in type.GetMembers(Declared).Select(Line).OfType<string>().Order(StringComparer.Ordinal)) yield return $"  {member}";
        }
    }

    private static string Kind(Type type) => type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";

    /// <summary>Null for what nobody outside sees, and for what the compiler writes.</summary>
    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo made when Seen(made) => $"new({Parameters(made)})",
        MethodInfo { IsSpecialName: false } method when Seen(method) && !method.Name.Contains('<') =>
            $"{Static(method)}{Name(method.ReturnType)}{Mark(Nullability.Create(method.ReturnParameter))} {method.Name}{Generics(method)}"
            + $"({Parameters(method)})",
        PropertyInfo property when property.GetAccessors(true).Any(Seen) && property.Name != "EqualityContract" =>
            $"{Static(property.GetAccessors(true)[0])}{Name(property.PropertyType)}{Mark(Nullability.Create(property))} {property.Name} "
            + $"{{ {Accessors(property)}}}",
        FieldInfo { IsSpecialName: false } field when field.IsPublic || field.IsFamily =>
            $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}"
            + (field.IsLiteral ? $" = {field.GetRawConstantValue()}" : ""),
        EventInfo happened when Seen(happened.AddMethod!) => $"event {Name(happened.EventHandlerType!)} {happened.Name}",
        _ => null,
    };

    private static bool Seen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Accessors(PropertyInfo property) => (property.GetMethod is { } get && Seen(get) ? "get; " : "")
        + (property.SetMethod is { } set && Seen(set) ? IsInit(set) ? "init; " : "set; " : "");

    private static bool IsInit(MethodInfo set) =>
        set.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)}{Mark(Nullability.Create(parameter))} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")));

    private static string Mark(NullabilityInfo nullability) =>
        nullability.ReadState == NullabilityState.Nullable && Nullable.GetUnderlyingType(nullability.Type) is null ? "?" : "";

    private static string Name(Type type)
    {
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Name(underlying)}?";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
