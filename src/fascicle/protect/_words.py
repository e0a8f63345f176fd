"""Words that point to nobody, and first names that may: what the remover and the harvest know."""

from __future__ import annotations

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text that are separated by space."""
    return frozenset(text.split())


def fold_word(text: str) -> str:
    """Return a text in small letters without accents.

    Examples
    --------
    >>> fold_word("Émile Groß")
    'emile gross'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def split_words(text: str) -> list[str]:
    """Return the runs of letters and digits of a folded text.

    Examples
    --------
    >>> split_words("Meier_Anna-12")
    ['meier', 'anna', '12']
    """
    return [word for word in re.split(r"[\W_]+", fold_word(text)) if word]


MONTHS = word_set(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec januar februar marz maerz mai juni juli
    oktober dezember mrz okt dez janvier fevrier mars avril juin juillet aout septembre octobre
    novembre decembre janv fevr avr juil monday tuesday wednesday thursday friday saturday sunday
    mon tue wed thu fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag
    """
)

TECHNICAL = MONTHS | word_set(
    """
    eeg meg ieeg seeg ecog nirs fnirs emg ecg ekg eog veog heog gsr resp ppg edf bdf fif set fdt
    vhdr vmrk dat raw data date time file files folder record recording recordings rec run runs
    session sessions ses sess visit day week block trial trials task tasks part test tests demo
    sample example pilot main final new old copy backup export exported converted original
    processed preprocessed clean cleaned filtered artifact artefact annotation annotations event
    events marker markers trigger triggers stim stimulus stimuli response responses comment
    comments note notes button press key left right hand foot feet finger fist tongue motor imagery
    imagine movement move rest resting eyes eye open opened close closed blink sleep wake awake rem
    nrem stage baseline control controls patient patients subject subjects participant participants
    proband probanden versuchsperson volunteer person healthy group groups sub subj pat ctrl pre
    post before after morning evening night start end begin stop pause resume boundary segment
    segments auditory visual tactile somatosensory audio video sound tone tones beep image picture
    face faces word words object target standard deviant oddball odd novel rare frequent correct
    incorrect error feedback cue fixation cross go nogo flanker stroop nback memory encoding
    retrieval recall recognition learning training practice instruction instructions music speech
    language reading listening watching movie film story rotation math arithmetic mental photic
    stimulation hyperventilation hv seizure spike spikes ictal interictal onset offset off on calm
    active passive high low fast slow long short up down front back top bottom one two three four
    five six seven eight nine ten first second third last all none null other misc unknown
    undefined default untitled unnamed anonymous anonymized anonymised anonymise anonymize anon
    deidentified hidden removed nobody n/a na nan tbd xxx xxxx male female man woman boy girl child
    children adult adults adolescent infant infants baby elderly young human animal rat mouse mice
    monkey macaque cat dog channel channels electrode electrodes sensor sensors contact contacts
    grid strip depth amp amplifier system device headset cap montage reference ref ground gnd
    common average linked mastoid mastoids ear ears nose tip impedance calibration calib noise
    empty room emptyroom head shape position positions fiducial nasion nasal hertz hz khz uv mv
    volt volts micro milli tesla fiff mne ctf kit bti neuromag elekta megin neuroscan compumedics
    brain products vision brainvision brainproducts biosemi actichap acticap actichamp egi
    netstation electrical geodesics philips ant neuro neuroelectrics openbci emotiv epoc muse
    interaxon nihon kohden natus nicolet persyst neuralynx blackrock gtec nirx artinis micromed
    deymed mitsar curry eeglab fieldtrip matlab python bids nwb snirf version v1 v2 v3 study
    studies project projects experiment experiments exp lab laboratory labs research science
    university universitat universitaet universite hospital klinik klinikum clinic clinical spital
    institut institute department dept abteilung neurology neurologie neuroscience neurosciences
    psychology psychologie psychiatry psychiatrie school college center centre zentrum medical
    medicine medizin user users home desktop documents downloads public private shared work
    workspace tmp temp var usr mnt media volumes drive disk server storage root admin
    administrator guest ubuntu local cloud github gitlab code src source derivatives startdate
    birthdate birthday born name names surname lastname firstname vorname nachname geburtsdatum
    patientname operator technician investigator doctor dr prof professor nurse phd msc mr mrs ms
    herr frau mme not for from with without and the was were into has have had that this his her
    their she him they der die das und les des von van den del della
    hospitalname comment1 info information description label labels value values type types
    number numbers count counts length size unit units name1 pid mrn ssn uid guid
    acq acquisition gap gaps flat clipped noisy trunc truncated invalid valid sss tsss quality qc
    metric metrics pass warn fail failed missing present absent spectrum spectra drift line mains
    sampling rate frequency duration sample samples unit units status description desc unnamed
    dataset datasets output input result results temporary partial full complete whole single
    behavior behaviour behavioral behavioural labeled labelled collected collecteddata iblrig alf
    video videos pose dlc deeplabcut sleap eyelink eyetracking gaze tracking tracked camera wheel
    encoder
    double triple multi mono dual program programs windows linux mac users program setup config
    settings default defaults common shared library libraries package site software hardware
    micrograph micrographs microscope microscopy histology tissue slice slices section sections
    slide slides zstack hemisphere brain cortex confocal lightsheet twophoton multiphoton
    brightfield darkfield widefield fluorescence fluo conf tem sem em fibsem sbem sbfsem spim sted
    aperio nissl dapi hoechst gfp egfp yfp eyfp cfp rfp mcherry tdtomato fitc tritc cy2 cy3 cy5 cy7
    neun gfap iba1 map2 tuj1 calbindin parvalbumin cfos luxol lfb mbp olig2 sox10 alexa eosin
    hematoxylin golgi dab he tif tiff ome zarr svs lsm png jpg jpeg
    mri fmri smri anat anatomy anatomical structural func functional dwi dti diffusion perf
    perfusion fmap fieldmap pet bold sbref epi asl pcasl t1 t2 t1w t2w pdw flair mprage memprage
    mp2rage flash
    spgr tse swi tof magnitude phasediff phase bval bvec bvals bvecs nifti nii mgz mgh minc mnc
    parrec dicom dicoms dcm scan scans scanner scanning series sequence tesla volume volumes
    csv tsv xls xlsx txt asc npy npz h5 hdf hdf5 loom mtx h5ad mp4 avi mov mkv eyetrack eyetracker
    right-handed ambidextrous normal abnormal yes no true false ok good bad eyesopen eyesclosed
    """
)
"""Folded words that a lab uses for everybody: never searched for, always kept in a label."""

FIRST_NAMES = word_set(
    """
    adam adrian agnes ahmed aisha alain alan albert alejandro alessandro alex alexander alexandra
    alexis alfred ali alice alicia alina alison amanda amelia amy ana andre andrea andreas andrew
    angela angelika anita anja ann anna anne annette annika anthony antoine antonia antonio arthur
    astrid barbara beat beatrice ben benedikt benjamin bernard bernd bernhard bettina bianca birgit
    bjorn brigitte bruno camille carina carl carla carlos carmen carol carole caroline catherine
    cecile celine charles charlotte chiara chris christa christian christina christine christoph
    christopher claire clara claude claudia claus clemens colin corinna corinne cornelia dagmar
    daniel daniela danielle david debora deborah denis denise diana diego dieter dirk dominik
    dominique donald doris dorothea dorothy edith eduard edward elena elias elisa elisabeth
    elizabeth ella ellen emil emilia emilie emily emma eric erich erik erika ernst esther eugen eva
    evelyn fabian fabienne fabio fatima felix ferdinand fernando florence florian francesca
    francesco francisco francois francoise frank franz frederic friedrich fritz gabriel gabriela
    gabriele gabrielle gaelle george georg georges gerald gerard gerd gerhard gerlinde gertrud
    gilles gisela giulia giuseppe gregor guido guillaume gunter gustav hannah hanna hannes hans
    harald harry heather heidi heike heiko heinrich heinz helen helena helene helga helmut henri
    henry herbert hermann hiroshi holger horst hugo ian ignacio ilse ines ingrid irene iris irma
    isabel isabella isabelle ivan jack jacob jacqueline jacques jakob james jan jana jane janet
    janina jasmin jason javier jean jeanne jennifer jens jessica jim joachim joan joanna jochen joe
    joel johan johann johanna johannes john jonas jonathan jorg jorge jose josef joseph josephine
    juan judith jules julia julian juliane julie julien jurgen juergen justin karen karin karl
    karla katarina katharina kathrin katie katja katrin kenneth kevin kim klara klaus konrad kurt
    lara larissa lars laura laurence laurent lea lena leo leon leonard leonie linda linus lisa
    lorenz louis louise luca lucas lucia lucie luis luisa lukas luke lydia magdalena maja manfred
    manuel manuela marc marcel marco margaret margarete margarita margrit maria mariam marianne
    marie marina mario marion mark marko markus marlene martha martin martina mary mathias
    mathilde matthew matthias maurice max maximilian melanie melissa mia michael michaela michel
    michele michelle miguel mike mohamed mohammed monica monika moritz muhammad nadia nadine nadja
    natalia natalie natasha nathalie nathan nele nicolas nicole niels niklas nils nina noah noemi
    nora norbert nour olaf oliver olivia olivier olga oscar oskar otto pablo pamela pascal patricia
    patrick patrik paul paula pauline pedro peter petra philip philipp philippe pierre pietro rachel
    rafael rainer ralf ralph raphael raymond rebecca regina regula reinhard renate rene ricardo
    richard rita robert roberto robin roger roland rolf roman rosa rosemarie rudolf ruth ryan sabine
    sabrina sally samuel sandra sandro sara sarah sascha sean sebastian serge sergio sibylle
    siegfried sigrid silke silvia simon simone sofia sofie sonja sophia sophie stefan stefanie
    stella stephan stephane stephanie stephen steve steven susan susanna susanne suzanne svenja
    sven sybille sylvia sylvie tania tanja tatjana teresa theo theodor theres thierry thomas tim
    timo tina tobias tom toni ulrich ulrike ursula ute uwe valentin valentina valerie vanessa vera
    verena veronika victor victoria vincent viola virginie viktor walter werner wilhelm william
    wolfgang xavier yannick yasmin yolanda yuki yusuf yves yvonne zoe
    """
)
"""Folded first names that are common in English, German, French, Italian and Spanish."""


_MAX_COUNTER = 4


def is_technical(word: str) -> bool:
    """Tell whether a word is of the lab and not of a person; numbers up to four digits count.

    Examples
    --------
    >>> is_technical("Rest2"), is_technical("Meier")
    (True, False)
    """
    folded = fold_word(word).strip(" ._-")
    letters = folded.rstrip("0123456789")
    # A word with a long number is somebody's number: MRN7712034.
    is_counted = letters in TECHNICAL and len(folded) - len(letters) <= _MAX_COUNTER
    return folded in TECHNICAL or is_counted or (folded.isdigit() and len(folded) <= _MAX_COUNTER)


def holds_first_name(text: str) -> bool:
    """Tell whether one of the words is a common first name.

    Examples
    --------
    >>> holds_first_name("Anna moved"), holds_first_name("eyes open")
    (True, False)
    """
    return any(word in FIRST_NAMES and word not in TECHNICAL for word in split_words(text))
