import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Asks veraPDF about files: java -cp <jar> VeraPdf.java PDFA-3A,PDFUA-1 file.pdf ...; one line for each, exit 1 on any failure. */
public class VeraPdf {
    public static void main(String[] arguments) throws Exception {
        // Its own way to read the profiles wants a library that is not beside it, and says so many times over.
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = true;
        for (String name : arguments[0].split(",")) {
            ValidationProfile profile = profile(name);
            for (int i = 1; i < arguments.length; i++) {
                try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(arguments[i]), profile.getPDFAFlavour())) {
                    var result = Foundries.defaultInstance().createValidator(profile, 100, false, true, false).validate(parser);
                    good &= result.isCompliant() && result.getTotalAssertions() > 0;
                    System.out.println((result.isCompliant() ? "PASS " : "FAIL ") + name + " " + result.getTotalAssertions() + " checks " + arguments[i]);
                    for (TestAssertion one : result.getTestAssertions()) {
                        System.out.println("  " + one.getRuleId().getClause() + " test " + one.getRuleId().getTestNumber() + ": " + one.getMessage() + " at " + one.getLocation().getContext());
                    }
                }
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static ValidationProfile profile(String name) throws Exception {
        Element root;
        try (InputStream xml = VeraPdf.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xml).getDocumentElement();
        }
        Set<Rule> rules = new HashSet<>();
        for (Element rule : all(root, "rule")) {
            Element id = all(rule, "id").get(0), error = all(rule, "error").get(0);
            List<ErrorArgument> given = new ArrayList<>();
            for (Element argument : all(error, "argument")) {
                given.add(ErrorArgumentImpl.fromValues(argument.getTextContent(), argument.getAttribute("name"), null));
            }
            var ruleId = Profiles.ruleIdFromValues(PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber")));
            Boolean deferred = rule.getAttribute("deferred").isEmpty() ? null : Boolean.valueOf(rule.getAttribute("deferred"));
            rules.add(Profiles.ruleFromValues(ruleId, rule.getAttribute("object"), deferred, rule.getAttribute("tags"),
                text(rule, "description"), text(rule, "test"), Profiles.errorFromValues(text(error, "message"), given), List.of()));
        }
        Set<Variable> variables = new HashSet<>();
        for (Element variable : all(root, "variable")) {
            variables.add(Profiles.variableFromValues(variable.getAttribute("name"), variable.getAttribute("object"),
                text(variable, "defaultValue"), text(variable, "value")));
        }
        var details = Profiles.profileDetailsFromValues(text(root, "name"), text(root, "description"), "veraPDF Consortium", new Date());
        return Profiles.profileFromValues(PDFAFlavour.valueOf(root.getAttribute("flavour")), details, "", rules, variables);
    }

    private static List<Element> all(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    private static String text(Element parent, String name) {
        return all(parent, name).get(0).getTextContent();
    }
}
